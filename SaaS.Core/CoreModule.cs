using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Demo;
using SaaS.Core.Design;
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

/// <summary>
/// Registers and maps the capabilities of the product, one line each. Every host adds all of them and runs those of its role.
/// </summary>
public static class CoreModule
{
    /// <summary>
    /// Explains a configuration error to the operator of a command; null for anything else, such as a bug. Hosts explain such errors by
    /// themselves.
    /// </summary>
    public static string? ExplainStartupError(Exception failure) => StartupErrors.Explain(failure);

    /// <summary>Rejects unknown settings, for a command, which starts no hosted service that would validate them.</summary>
    public static void RequireKnownSaaSSettings(this IServiceProvider services) => services.RequireKnownSettings();

    /// <summary>Registers the infrastructure and all capabilities.</summary>
    /// <param name="provisions">True when this process creates and drops databases and roles; the API and the scheduler ask the worker
    /// to.</param>
    public static void AddCore(this IHostApplicationBuilder builder, bool provisions = false)
    {
        // First: everything below reads the settings that it adds.
        builder.AddSecretsSource((configuration, environment) => ValidateSecrets(configuration, environment, provisions), provisions);
        builder.AddPostgres();
        builder.AddRedis();
        builder.AddMessaging();
        builder.AddObjects();
        builder.AddMail();
        builder.AddSecrets();
        builder.AddEntra();
        builder.AddDns();

        // EF logs every failed statement as an error, also an expected one; an unexpected one is thrown and logged where it is handled.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddDesign();
        builder.Services.AddWireFormat();
        builder.Services.AddPersistence();
        builder.Services.AddJobs();
        builder.Services.AddEncryption();
        builder.Services.AddEvents();
        builder.Services.AddAuditing();
        builder.Services.AddIdempotency();
        builder.Services.AddAccounts();
        builder.Services.AddTenancy();
        builder.Services.AddSessions();
        builder.Services.AddCredentials();
        builder.Services.AddFiles();
        builder.Services.AddDocuments();
        builder.AddSso();
        builder.AddMonitoring();
        builder.Services.AddOperations();
        if (provisions)
        {
            builder.AddPostgresProvisioning();
            builder.Services.AddSchemaMigrationCommands();
            builder.Services.AddTenantProvisioning();
        }

        builder.Services.ExplainStartupValidation();
    }

    /// <summary>Collects the invalid secrets of all modules, so that the operator sees all of them at once.</summary>
    private static IEnumerable<SecretFault> ValidateSecrets(IConfiguration configuration, IHostEnvironment environment, bool provisions) =>
        [
            .. PostgresSecrets.Validate(configuration, provisions),
            .. RedisSecrets.Validate(configuration),
            .. ObjectsSecrets.Validate(configuration),
            .. MessagingRegistration.ValidateSecrets(configuration),
            .. MailRegistration.ValidateSecrets(configuration),
            .. SigningSecrets.Validate(configuration),
            .. SecretsRegistration.ValidateSecrets(configuration, environment),
            .. CreatePlatformAdmin.ValidateConfiguration(configuration),
        ];

    /// <summary>
    /// Registers validation, problem details and the OpenAPI document, for the API only. It is in this assembly because the source
    /// generators of both see only the records of the assembly that calls them.
    /// </summary>
    public static void AddSaaSHttp(this IServiceCollection services)
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
        services.AddTenantRequests();
        services.RequireDownloadAddress();
        services.AddDemo();
    }

    /// <summary>Maps the endpoints. Each requires an authenticated user unless it allows anonymous access.</summary>
    public static void MapCore(this IEndpointRouteBuilder routes)
    {
        var signedIn = routes
            .MapGroup("")
            .RequireAuthorization()
            .ProducesProblem(RateLimits.Exceeded, HttpProblems.Unavailable)
            .ProducesProblem(SessionPolicyMiddleware.ProblemsOf)
            .RecheckAccess()
            .ProducesProblem(RequestProblems.GetBindingProblems);
        QueryParameters.AddTo(signedIn);
        JsonContentTypes.AddTo(signedIn);
        signedIn.MapAccounts();
        signedIn.MapTenancy();
        signedIn.MapSessions();
        signedIn.MapCredentials();
        signedIn.MapFiles();
        signedIn.MapDocuments();
        signedIn.MapSso();
        signedIn.MapAuditing();
        signedIn.MapMonitoring();
        signedIn.MapOperations();
        signedIn.MapDemo();
    }

    /// <summary>Maps the pages that describe problem types.</summary>
    public static void MapProblemTypes(this IEndpointRouteBuilder routes) => routes.MapProblemPages();

    /// <summary>Rejects JSON content types that the endpoint does not accept. Add it after routing.</summary>
    public static void UseContentTypes(this IApplicationBuilder app) => app.UseJsonContentTypes();

    /// <summary>Registers the services of <see cref="UseLimits"/>, for every host that people reach.</summary>
    public static void AddSaaSLimits(this IServiceCollection services)
    {
        services.AddRateLimiting();
        services.AddSecurityEventWriter();
    }

    /// <summary>Registers the services of <see cref="UseProblems"/>, for a host that serves only pages.</summary>
    public static void AddSaaSProblems(this IServiceCollection services) => services.AddProblemShape();

    /// <summary>Turns errors of later middleware into problem details.</summary>
    public static void UseProblems(this IApplicationBuilder app) => app.UseProblemShape();

    /// <summary>Adds the rate limits of users. Add it after authentication, which identifies the user, and before expensive work.</summary>
    public static void UseLimits(this IApplicationBuilder app)
    {
        app.UseSecurityEvents(); // first: it records what is rejected below
        app.UseUserRateLimits();
    }

    /// <summary>
    /// Adds session policy, tenant authorization, tenant rate limits and validation of query and body. Add it after authentication.
    /// </summary>
    public static void UseAccessChecks(this IApplicationBuilder app)
    {
        app.UseMiddleware<SessionPolicyMiddleware>();
        app.UseMiddleware<TenantAuthorizationMiddleware>();
        app.UseTenantRateLimits();
        app.UseMiddleware<QueryValidationMiddleware>();
        app.UseRequestBodies();
    }

    /// <summary>Registers the creation and deletion of tenant databases, for the worker only.</summary>
    public static void AddSaaSProvisioning(this IServiceCollection services) => services.AddTenantDatabaseWorker();

    /// <summary>Registers event delivery, for the worker only.</summary>
    public static void AddSaaSEventDelivery(this IServiceCollection services) => services.AddEventDelivery();

    /// <summary>Registers the job monitor, for the worker only: a stopped scheduler cannot report itself.</summary>
    public static void AddSaaSJobMonitor(this IHostApplicationBuilder builder)
    {
        builder.AddJobControl();
        builder.Services.AddJobMonitoring();
    }

    /// <summary>Registers the job scheduler, for the scheduler only.</summary>
    public static void AddSaaSJobScheduler(this IHostApplicationBuilder builder)
    {
        builder.Services.AddJobPings();
        builder.Services.AddTenantRequests();
        builder.AddJobScheduler();
    }

    /// <summary>Registers job control, for a host that does not run jobs.</summary>
    public static void AddSaaSJobControl(this IHostApplicationBuilder builder)
    {
        builder.AddJobControl();
        builder.Services.AddSchedulerCheck();
    }

    /// <summary>
    /// Registers the jobs page for operators. The host also authenticates and authorizes (<c>UseAuthentication</c>,
    /// <c>UseAuthorization</c>).
    /// </summary>
    public static void AddSaaSJobsPage(this IServiceCollection services) => services.AddJobsPage();

    /// <summary>Returns the name of the product.</summary>
    public static string GetProductName(this IServiceProvider services) =>
        services.GetRequiredService<IOptions<ProductOptions>>().Value.Name;

    /// <summary>Maps the stylesheet and the logo of all pages.</summary>
    public static void MapPageDesign(this IEndpointRouteBuilder routes) => routes.MapDesignAssets();

    /// <summary>Maps the jobs page at <c>/jobs</c>.</summary>
    public static void MapSaaSJobsPage(this IEndpointRouteBuilder routes) => routes.MapJobsPage();

    /// <summary>Maps the job health endpoint of the scheduler.</summary>
    public static void MapJobHealth(this IEndpointRouteBuilder routes) => JobHealth.Map(routes);

    /// <summary>Migrates every database to the schema version of this build.</summary>
    /// <returns>The number of tenants that could not be migrated.</returns>
    public static async Task<int> MigrateSaaSDatabasesAsync(this IServiceProvider services, CancellationToken ct) =>
        (await services.MigrateSaaSDatabasesAsync(new MigrationRequest(), progress: null, ct)).Last.Failed;

    /// <summary>Migrates every database, or that of one tenant, to the schema version of this build and reports progress.</summary>
    public static async Task<MigrationReport> MigrateSaaSDatabasesAsync(
        this IServiceProvider services,
        MigrationRequest request,
        Action<MigrationStep>? progress,
        CancellationToken ct
    )
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<MigrateDatabases>().RunAsync(request, progress, ct);
    }

    /// <summary>Lists the pending schema changes.</summary>
    /// <returns>Null when the requested tenant does not exist.</returns>
    public static Task<MigrationPlan?> PlanSaaSMigrationAsync(this IServiceProvider services, Guid? tenantId, CancellationToken ct) =>
        services.GetRequiredService<PlanMigration>().RunAsync(tenantId, ct);

    /// <summary>Lists the schema state of all tenants, or of one.</summary>
    public static async Task<IReadOnlyList<TenantMigrationView>> ListSaaSMigrationsAsync(
        this IServiceProvider services,
        Guid? tenantId,
        CancellationToken ct
    )
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ListTenantMigrations>().ReadAllAsync(tenantId, ct);
    }

    /// <summary>Creates the first platform administrator.</summary>
    public static async Task<PlatformAdminOutcome> CreatePlatformAdminAsync(
        this IServiceProvider services,
        PlatformAdmin admin,
        CancellationToken ct
    )
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<CreatePlatformAdmin>().RunAsync(admin, ct);
    }

    /// <summary>Creates a test tenant.</summary>
    public static async Task<TestTenantOutcome> CreateTestTenantAsync(
        this IServiceProvider services,
        string name,
        string adminEmail,
        CancellationToken ct
    )
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<CreateTestTenant>().RunAsync(name, adminEmail, ct);
    }

    /// <summary>Creates a new signing key for tokens.</summary>
    /// <returns>A sentence that says what was done.</returns>
    public static async Task<string> RotateSigningKeyAsync(this IServiceProvider services, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<RotateSigningKey>().RunAsync(Actor.Command(RotateSigningKey.Name), ct);
    }

    /// <summary>Moves an environment file into Vault. It needs no other backing service, and so no host.</summary>
    /// <param name="report">Receives each planned and completed change, by name of the field and without its value.</param>
    /// <param name="isAgreed">Asks for confirmation before anything is written.</param>
    /// <returns>True when Vault holds the values of the file.</returns>
    public static Task<bool> ImportSecretsAsync(
        this IHostApplicationBuilder builder,
        string file,
        Action<string> report,
        Func<bool> isAgreed,
        CancellationToken ct
    ) => ImportSecrets.RunAsync(builder.Configuration, builder.Environment, file, report, isAgreed, ct);

    /// <summary>Tests single sign-on step by step in a dedicated tenant.</summary>
    /// <param name="timeout">Time allowed for the sign-in.</param>
    public static async IAsyncEnumerable<SsoTestStep> TestSsoAsync(
        this IServiceProvider services,
        SsoTest test,
        TimeSpan timeout,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        await using var scope = services.CreateAsyncScope();
        await foreach (var step in scope.ServiceProvider.GetRequiredService<TestSso>().RunAsync(test, timeout, ct))
        {
            yield return step;
        }
    }

    /// <summary>Drops all data and creates an empty installation.</summary>
    /// <returns>The number of tenants that were dropped.</returns>
    public static async Task<int> ResetSaaSAsync(this IServiceProvider services, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ResetDatabases>().RunAsync(ct);
    }
}
