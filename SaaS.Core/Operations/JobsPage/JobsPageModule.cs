using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;
using SaaS.Core.Design;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>
/// Registers the page on which operators monitor and control jobs: server-rendered HTML with a small script for live updates.
/// </summary>
internal static class JobsPageModule
{
    public const string Root = "/jobs";

    public static void AddJobsPage(this IServiceCollection services)
    {
        services.AddScoped<JobBoard>();
        services.AddSingleton<PageUpdates>();
        services
            .AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, OperatorCookie>(OperatorCookie.SchemeName, configureOptions: null);
        services.AddAuthorization();
        // Challenges without a session are not worth logging.
        services.AddLogging(logging => logging.AddFilter(typeof(OperatorCookie).FullName, LogLevel.Warning));
    }

    public static void MapJobsPage(this IEndpointRouteBuilder routes)
    {
        var anybody = routes
            .MapGroup(Root)
            .AllowAnonymous()
            .ExcludeFromDescription()
            .AddEndpointFilter(PageRules.AddSecurityHeaders)
            .AddEndpointFilter(PageRules.HandleDatabaseUnavailable)
            .AddEndpointFilter(PageRules.RejectCrossSiteRequests);
        anybody.MapPageAsset("/assets/jobs.css");
        anybody.MapPageAsset("/assets/jobs.js");

        var operators = routes
            .MapGroup(Root)
            .ExcludeFromDescription()
            .RequireAuthorization(new AuthorizationPolicyBuilder(OperatorCookie.SchemeName).RequireAuthenticatedUser().Build())
            // Such operators are redirected to the page that changes the password.
            .WithMetadata(new RequiredPlatformAdmin(), new AllowBeforePasswordChange())
            .AddEndpointFilter(PageRules.AddSecurityHeaders)
            .AddEndpointFilter(PageRules.HandleDatabaseUnavailable)
            .AddEndpointFilter(PageRules.RejectCrossSiteRequests)
            .RecheckAccess();
        OperatorSignIn.Map(anybody, operators);
        ChangeOwnPassword.Map(operators);

        var jobs = operators.MapGroup("").AddEndpointFilter(PageRules.RequireOwnPassword);
        ShowBoard.Map(jobs);
        ShowJob.Map(jobs);
        ControlJobs.Map(jobs);
    }

    /// <summary>Shows an error page.</summary>
    public static Task<ContentHttpResult> ShowErrorAsync(this IServiceProvider services, string title, string message, int status) =>
        services.GetRequiredService<Pages>().RenderPageAsync<ErrorPage>(new() { ["Title"] = title, ["Message"] = message }, status);
}
