using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Messaging;

namespace SaaS.Core.Operations;

/// <summary>
/// Registers the endpoints of operators for accounts, tenants, dead letters and jobs. None of them opens a tenant's database.
/// </summary>
internal static class OperationsModule
{
    public static void AddOperations(this IServiceCollection services)
    {
        services.AddScoped<CreatePlatformAdmin>();
        services.AddScoped<CreateTestTenant>();
        services.AddSingleton<PlatformQuotas>();
        services.AddPlatformConsumer<NotifyTenantSuspended.OnSuspended, TenantSuspended>(NotifyTenantSuspended.OnSuspended.Name);
        services.AddPlatformConsumer<NotifyTenantSuspended.OnResumed, TenantResumed>(NotifyTenantSuspended.OnResumed.Name);
    }

    /// <summary>Adds the commands for jobs, for hosts with <c>JobControl</c>.</summary>
    public static void AddJobCommands(this IServiceCollection services) => services.AddScoped<JobCommands>();

    public static void MapOperations(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapPlatformGroup("/api/admin/users").WithTags("Administration");
        ListUsers.Map(users);
        GetUser.Map(users);
        DeactivateUser.Map(users);
        ReactivateUser.Map(users);

        var tenants = routes.MapPlatformGroup("/api/admin/tenants").WithTags("Administration");
        ListTenants.Map(tenants);
        GetTenantState.Map(tenants);
        ChangeQuotas.Map(tenants);
        EraseTenantAsOperator.Map(tenants);
        ReopenTenant.Map(tenants);
        DownloadTenantExport.Map(tenants);
        SuspendTenant.Map(tenants);
        ResumeTenant.Map(tenants);

        var operators = routes.MapPlatformGroup("/api/admin/operators").WithTags("Administration");
        ListOperators.Map(operators);
        PromoteOperator.Map(operators);
        DemoteOperator.Map(operators);

        var events = routes.MapPlatformGroup("/api/admin/events").WithTags("Administration");
        ListDeadLetters.Map(events);
        ReplayDeadLetters.Map(events);
        SkipDeadLetter.Map(events);

        var jobs = routes.MapPlatformGroup("/api/admin/jobs").WithTags("Administration");
        ListJobs.Map(jobs);
        GetJob.Map(jobs);
        ListJobRuns.Map(jobs);
        RunJob.Map(jobs);
        PauseJob.Map(jobs);
        CancelJobRun.Map(jobs);

        var migrations = routes.MapPlatformGroup("/api/admin/migrations").WithTags("Administration");
        ListMigrations.Map(migrations);

        var usage = routes.MapPlatformGroup("/api/admin/usage").WithTags("Administration");
        ListUsage.Map(usage);

        var configuration = routes.MapPlatformGroup("/api/admin/configuration").WithTags("Administration");
        GetConfiguration.Map(configuration);
    }
}
