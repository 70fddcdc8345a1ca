using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Where an operator sees the jobs and steers them: pages that are set here, and a little script that keeps them fresh.</summary>
internal static class JobsPageModule
{
    public const string Root = "/jobs";

    private static readonly (string Name, string Type)[] Assets = [("jobs.css", "text/css; charset=utf-8"), ("jobs.js", "text/javascript; charset=utf-8")];

    public static void AddJobsPage(this IServiceCollection services)
    {
        services.TryAddScoped<Pages>();
        services.AddScoped<JobBoard>();
        services.AddSingleton<PageUpdates>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, OperatorCookie>(OperatorCookie.SchemeName, configureOptions: null);
        services.AddAuthorization();
        services.AddLogging(logging => logging.AddFilter(typeof(OperatorCookie).FullName, LogLevel.Warning)); // that somebody had to sign in first is no news
    }

    public static void MapJobsPage(this IEndpointRouteBuilder routes)
    {
        var anybody = routes.MapGroup(Root).AllowAnonymous().ExcludeFromDescription()
            .AddEndpointFilter(PageRules.Protect).AddEndpointFilter(PageRules.TellTrouble).AddEndpointFilter(PageRules.RefuseForeignPages);
        foreach (var (name, type) in Assets)
        {
            anybody.MapGet($"/assets/{name}", () => TypedResults.Stream(typeof(JobsPageModule).Assembly.GetManifestResourceStream(name)!, type));
        }

        var operators = routes.MapGroup(Root).ExcludeFromDescription()
            .RequireAuthorization(new AuthorizationPolicyBuilder(OperatorCookie.SchemeName).RequireAuthenticatedUser().Build())
            .WithMetadata(new RequiredPlatformAdmin(), new AllowBeforePasswordChange()) // a person is shown the page where it is changed
            .AddEndpointFilter(PageRules.Protect).AddEndpointFilter(PageRules.TellTrouble).AddEndpointFilter(PageRules.RefuseForeignPages)
            .RecheckAccess();
        OperatorSignIn.Map(anybody, operators);
        ChangeOwnPassword.Map(operators);

        var jobs = operators.MapGroup("").AddEndpointFilter(PageRules.WantOwnPassword);
        ShowBoard.Map(jobs);
        ShowJob.Map(jobs);
        ControlJobs.Map(jobs);
    }

    /// <summary>A page that says what is wrong.</summary>
    public static Task<ContentHttpResult> ShowTroubleAsync(this IServiceProvider services, string title, string words, int status) =>
        services.GetRequiredService<Pages>().ShowAsync<TroublePage>(new() { ["Title"] = title, ["Words"] = words }, status);
}
