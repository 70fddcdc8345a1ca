using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Demo;
using SaaS.Core.Documents;
using SaaS.Core.Documents.Files;
using SaaS.Core.Encryption;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Operations;
using SaaS.Core.Operations.JobsPage;
using SaaS.Core.Operations.Monitoring;
using SaaS.Core.Persistence;
using SaaS.Core.RateLimiting;
using SaaS.Core.SchemaMigration;
using SaaS.Core.Tenancy;
using SaaS.Infrastructure.Dns;
using SaaS.Infrastructure.Entra;
using SaaS.Infrastructure.Mail;
using SaaS.Infrastructure.Messaging;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Redis;
using SaaS.Infrastructure.Scheduling;
using SaaS.Infrastructure.Settings;
using SaaS.Infrastructure.Vault;

namespace SaaS.Core;

/// <summary>The product: its capabilities, one line each. Every host adds them all and runs what is its role.</summary>
public static class CoreModule
{
    /// <summary>What whoever operates a command has to do that was not started with what it was given; null of what is no fault of theirs. A host says it by itself.</summary>
    public static string? ExplainStartupError(Exception failure) => StartupErrors.Explain(failure);

    /// <summary>Refuses settings that are misspelt or not allowed, for a command, which starts no host that would.</summary>
    public static void RequireKnownSaaSSettings(this IServiceProvider services) => services.RequireKnownSettings();

    /// <summary>The engines and the capabilities.</summary>
    /// <param name="provisions">Whether this process creates and drops databases and roles; the API and the scheduler ask the worker.</param>
    public static void AddCore(this IHostApplicationBuilder builder, bool provisions = false)
    {
        builder.AddSecretsSource((configuration, environment) => SecretFaultsIn(configuration, environment, provisions), provisions); // first: what it reads are the settings of all that follow
        builder.AddPostgres();
        builder.AddRedis();
        builder.AddMessaging();
        builder.AddObjects();
        builder.AddMail();
        builder.AddSecrets();
        builder.AddEntra();
        builder.AddDns();

        // EF logs every failed statement as an error, also those that a use case expects; what is not expected is thrown, and logged once where it is handled.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddWireFormat();
        builder.Services.AddDatabases();
        builder.Services.AddJobs();
        builder.Services.AddEncryption();
        builder.Services.AddEvents();
        builder.Services.AddAudit();
        builder.Services.AddIdempotency();
        builder.Services.AddAccounts();
        builder.Services.AddTenants();
        builder.Services.AddSessions();
        builder.Services.AddCredentials();
        builder.Services.AddFiles();
        builder.Services.AddDocuments();
        builder.AddSso();
        builder.AddMonitoring();
        builder.Services.AddAdministration();
        if (provisions)
        {
            builder.AddPostgresProvisioning();
            builder.Services.AddDatabaseCommands();
            builder.Services.AddTenantProvisioning();
        }

        builder.Services.ExplainStartupValidation();
    }

    /// <summary>What all rooms demand of their secrets, so that whoever starts a host is told of all of them at once.</summary>
    private static IEnumerable<SecretFault> SecretFaultsIn(IConfiguration configuration, IHostEnvironment environment, bool provisions) =>
    [
        .. PostgresSecrets.FaultsIn(configuration, provisions),
        .. RedisSecrets.FaultsIn(configuration),
        .. ObjectsSecrets.FaultsIn(configuration),
        .. MessagingRegistration.FaultsIn(configuration),
        .. MailRegistration.FaultsIn(configuration),
        .. SigningSecrets.FaultsIn(configuration),
        .. SecretsRegistration.FaultsIn(configuration, environment),
        .. CreatePlatformAdmin.FaultsIn(configuration),
    ];

    /// <summary>What only the API does: validation, problems and the OpenAPI document. They see this assembly's records because they are added in it.</summary>
    public static void AddSaaSHttp(this IServiceCollection services)
    {
        services.AddSingleton(PostgresTimeouts.OfRequests);
        services.AddValidation();
        services.AddOpenApi(options => ApiDescription.Configure(options)); // a lambda: the generator that reads the /// comments looks for one
        services.AddProblemShape();
        services.AddSetting("Cors:Origins");
        services.AddSetting("ForwardedHeaders:KnownNetworks");
        services.AddSetting("Metrics:Port");
        services.AddSetting("Metrics:Address");
        services.AddSessionChecks();
        services.AddTenantRequests();
        services.DemandDownloadAddress();
        services.AddDemo();
    }

    /// <summary>The routes. Each wants a caller who has signed in, unless it says otherwise.</summary>
    public static void MapCore(this IEndpointRouteBuilder routes)
    {
        var signedIn = routes.MapGroup("").RequireAuthorization()
            .ProducesProblem(RateLimits.Exceeded, HttpProblems.Unavailable)
            .ProducesProblem(SessionPolicyMiddleware.ProblemsOf)
            .RecheckAccess()
            .ProducesProblem(RequestProblems.FoundOn);
        QueryParameters.AddTo(signedIn);
        JsonContentTypes.AddTo(signedIn);
        signedIn.MapAccounts();
        signedIn.MapTenants();
        signedIn.MapSessions();
        signedIn.MapCredentials();
        signedIn.MapFiles();
        signedIn.MapDocuments();
        signedIn.MapSso();
        signedIn.MapAudit();
        signedIn.MapMonitoring();
        signedIn.MapAdministration();
        signedIn.MapDemo();
    }

    /// <summary>The pages that the types of problems lead to.</summary>
    public static void MapProblemTypes(this IEndpointRouteBuilder routes) => routes.MapProblemPages();

    /// <summary>Refuses JSON of a type that the route does not take; goes after routing.</summary>
    public static void UseContentTypes(this IApplicationBuilder app) => app.UseJsonContentTypes();

    /// <summary>Registers what <see cref="UseLimits"/> needs, for every host that people reach.</summary>
    public static void AddSaaSLimits(this IServiceCollection services)
    {
        services.AddLimits();
        services.AddSecurityEventWriter();
    }

    /// <summary>What <see cref="UseProblems"/> needs, in a host that serves pages alone.</summary>
    public static void AddSaaSProblems(this IServiceCollection services) => services.AddProblemShape();

    /// <summary>Answers whatever goes wrong below it in the one shape of problems.</summary>
    public static void UseProblems(this IApplicationBuilder app) => app.UseProblemShape();

    /// <summary>How much one caller may ask for; goes after authentication, which says who is calling, and before anything that costs.</summary>
    public static void UseLimits(this IApplicationBuilder app)
    {
        app.UseSecurityEvents(); // first: what is refused below is recorded
        app.UseCallerLimits();
    }

    /// <summary>What a request needs of its caller, then the way into the tenant; goes after authentication, which says who is calling.</summary>
    public static void UseGates(this IApplicationBuilder app)
    {
        app.UseMiddleware<SessionPolicyMiddleware>();
        app.UseMiddleware<TenantAuthorizationMiddleware>();
        app.UseTenantLimits();
        app.UseMiddleware<QueryValidationMiddleware>();
        app.UseRequestBodies();
    }

    /// <summary>What only the worker does: it creates and drops tenants' databases.</summary>
    public static void AddSaaSProvisioning(this IServiceCollection services) => services.AddTenantDatabaseWorker();

    /// <summary>What only the worker does: it carries events.</summary>
    public static void AddSaaSEventDelivery(this IServiceCollection services) => services.AddEventDelivery();

    /// <summary>What only the worker does: it looks after the jobs, which no scheduler that has ended could.</summary>
    public static void AddSaaSJobWatch(this IHostApplicationBuilder builder)
    {
        builder.AddJobControl();
        builder.Services.AddJobWatch();
    }

    /// <summary>What only the scheduler does.</summary>
    public static void AddSaaSJobScheduler(this IHostApplicationBuilder builder)
    {
        builder.Services.AddJobPings();
        builder.Services.AddTenantRequests();
        builder.AddJobScheduler();
    }

    /// <summary>What a host needs that steers jobs and fires none.</summary>
    public static void AddSaaSJobControl(this IHostApplicationBuilder builder)
    {
        builder.AddJobControl();
        builder.Services.AddSchedulerCheck();
    }

    /// <summary>The page where operators see and steer the jobs; the host also authenticates and authorizes (<c>UseAuthentication</c>, <c>UseAuthorization</c>).</summary>
    public static void AddSaaSJobsPage(this IServiceCollection services) => services.AddJobsPage();

    /// <summary>Shows that page at <c>/jobs</c>.</summary>
    public static void MapSaaSJobsPage(this IEndpointRouteBuilder routes) => routes.MapJobsPage();

    /// <summary>Shows on the scheduler's port how the jobs went.</summary>
    public static void MapJobHealth(this IEndpointRouteBuilder routes) => JobHealth.Map(routes);

    /// <summary>Brings every database to what this build speaks.</summary>
    /// <returns>How many tenants could not be migrated.</returns>
    public static async Task<int> MigrateSaaSDatabasesAsync(this IServiceProvider services, CancellationToken ct) =>
        (await services.MigrateSaaSDatabasesAsync(new MigrationRequest(), progress: null, ct)).Last.Failed;

    /// <summary>Brings every database, or one tenant's, to what this build speaks, and tells how far it has come.</summary>
    public static async Task<MigrationReport> MigrateSaaSDatabasesAsync(this IServiceProvider services, MigrationRequest request, Action<MigrationStep>? progress, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<MigrateDatabases>().RunAsync(request, progress, ct);
    }

    /// <summary>Says what a migration would do.</summary>
    /// <returns>Null when the one tenant that is asked for does not exist.</returns>
    public static Task<MigrationPlan?> PlanSaaSMigrationAsync(this IServiceProvider services, Guid? tenantId, CancellationToken ct) =>
        services.GetRequiredService<PlanMigration>().RunAsync(tenantId, ct);

    /// <summary>Where the schemas of all tenants stand, or that of one.</summary>
    public static async Task<IReadOnlyList<TenantMigrationView>> ListSaaSMigrationsAsync(this IServiceProvider services, Guid? tenantId, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ListTenantMigrations>().ReadAllAsync(tenantId, ct);
    }

    /// <summary>Makes the first operator of the platform.</summary>
    public static async Task<PlatformAdminOutcome> CreatePlatformAdminAsync(this IServiceProvider services, PlatformAdmin admin, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<CreatePlatformAdmin>().RunAsync(admin, ct);
    }

    /// <summary>Makes a tenant to try.</summary>
    public static async Task<TestTenantOutcome> CreateTestTenantAsync(this IServiceProvider services, string name, string adminEmail, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<CreateTestTenant>().RunAsync(name, adminEmail, ct);
    }

    /// <summary>Makes the key that signs tokens from now on.</summary>
    /// <returns>What was done, in one sentence.</returns>
    public static async Task<string> RotateSigningKeyAsync(this IServiceProvider services, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<RotateSigningKey>().RunAsync(Actor.Command(RotateSigningKey.Name), ct);
    }

    /// <summary>Moves an environment file into Vault; needs no other engine, and so no host.</summary>
    /// <param name="tell">Is told what will be done and what was, by name.</param>
    /// <param name="isAgreed">Asked before anything is written.</param>
    /// <returns>Whether Vault has now what the file says.</returns>
    public static Task<bool> ImportSecretsAsync(this IHostApplicationBuilder builder, string file, Action<string> tell, Func<bool> isAgreed, CancellationToken ct) =>
        ImportSecrets.RunAsync(builder.Configuration, builder.Environment, file, tell, isAgreed, ct);

    /// <summary>Tries single sign-on, step by step, in a tenant that is there for that alone.</summary>
    /// <param name="patience">How long somebody has for signing in.</param>
    public static async IAsyncEnumerable<SsoTestStep> TrySsoAsync(this IServiceProvider services, SsoTest trial, TimeSpan patience, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        await foreach (var step in scope.ServiceProvider.GetRequiredService<TestSso>().RunAsync(trial, patience, ct))
        {
            yield return step;
        }
    }

    /// <summary>Makes an empty installation of whatever there is.</summary>
    /// <returns>How many tenants there were.</returns>
    public static async Task<int> ResetSaaSAsync(this IServiceProvider services, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ResetDatabases>().RunAsync(ct);
    }
}
