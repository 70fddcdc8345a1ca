using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Core.Auditing;
using SaaS.Core.Demo;
using SaaS.Core.Design;
using SaaS.Core.Documents;
using SaaS.Core.Http;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Operations;
using SaaS.Core.Operations.JobsPage;
using SaaS.Core.Operations.Monitoring;
using SaaS.Core.RateLimiting;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.ServiceAccounts;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Scheduling;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core;

/// <summary>Registers the parts of the capabilities that each host runs; <see cref="CoreModule"/> adds the capabilities to all.</summary>
public static class HostRoles
{
    /// <summary>Registers the parts of the API: requests, their limits and the jobs page.</summary>
    public static void AddApi(this IHostApplicationBuilder builder)
    {
        builder.AddJobControl();
        builder.Services.AddSchedulerCheck();
        builder.Services.AddHttp();
        builder.Services.AddLimits();
        builder.Services.AddJobCommands();
        builder.Services.AddJobsPage();
    }

    /// <summary>Registers the parts of the worker: tenant databases, event delivery and the job monitor.</summary>
    public static void AddWorker(this IHostApplicationBuilder builder)
    {
        builder.Services.AddTenantDatabaseWorker();
        builder.Services.AddEventDelivery();
        builder.AddJobControl(); // of the jobs, because a stopped scheduler cannot report itself
        builder.Services.AddJobMonitoring();
    }

    /// <summary>Registers the parts of the scheduler: jobs, and their page.</summary>
    public static void AddScheduler(this IHostApplicationBuilder builder)
    {
        builder.Services.AddJobPings();
        builder.Services.AddTenantRequests();
        builder.AddJobScheduler();
        builder.Services.AddProblemShape();
        builder.Services.AddLimits();
        builder.Services.AddJobCommands();
        builder.Services.AddJobsPage();
    }

    /// <summary>Returns the name of the product.</summary>
    public static string GetProductName(this IServiceProvider services) =>
        services.GetRequiredService<IOptions<ProductOptions>>().Value.Name;

    /// <summary>Maps the stylesheet and the logo of all pages.</summary>
    public static void MapPageDesign(this IEndpointRouteBuilder routes) => routes.MapDesignAssets();

    /// <summary>Maps the jobs page at <c>/jobs</c>. The host also authenticates and authorizes.</summary>
    public static void MapJobs(this IEndpointRouteBuilder routes) => routes.MapJobsPage();

    /// <summary>Maps the job health endpoint of the scheduler.</summary>
    public static void MapJobHealth(this IEndpointRouteBuilder routes) => JobHealth.Map(routes);

    /// <summary>
    /// Registers validation, problem details and the OpenAPI document. It is in this assembly because the source generators of both see
    /// only the records of the assembly that calls them.
    /// </summary>
    internal static void AddHttp(this IServiceCollection services)
    {
        services.AddSingleton(PostgresTimeouts.ForRequests);
        services.AddValidation();
        services.AddOpenApi(options => ApiDescription.Configure(options)); // a lambda: the generator that reads XML comments looks for one
        services.AddProblemShape();
        services.AddSetting("Cors:Origins");
        services.AddSetting("ForwardedHeaders:KnownNetworks");
        services.AddSetting("Metrics:Port");
        services.AddSetting("Metrics:Address");
        services.AddSessionChecks();
        services.AddApiKeyUses();
        services.AddTenantRequests();
        services.RequireDownloadAddress();
        services.AddDemo();
    }

    private static void AddLimits(this IServiceCollection services)
    {
        services.AddRateLimiting();
        services.AddSecurityEventWriter();
    }
}
