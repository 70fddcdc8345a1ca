using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Design;

/// <summary>The design system of all pages and mails: colours, stylesheet, layout and logo.</summary>
internal static class DesignModule
{
    private const string Root = "/design";

    public const string Stylesheet = $"{Root}/design.css";
    public const string Logo = $"{Root}/logo.svg";

    public static void AddDesign(this IServiceCollection services)
    {
        services.AddSettings<ProductOptions>(ProductOptions.Section);
        services.AddScoped<Pages>();
    }

    public static void MapDesignAssets(this IEndpointRouteBuilder routes)
    {
        routes.MapPageAsset(Stylesheet, [.. Encoding.UTF8.GetBytes(DesignTokens.ToCss()), .. PageAssets.Read("design.css")]);
        routes.MapPageAsset(Logo, PageAssets.Read("logo.svg"));
    }
}
