using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
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
using SaaS.Core.Identity.Factors;
using SaaS.Core.Identity.Mfa;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Operations;
using SaaS.Core.Operations.Monitoring;
using SaaS.Core.Persistence;
using SaaS.Core.SchemaMigration;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Invitations;
using SaaS.Core.Tenancy.ServiceAccounts;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core;

/// <summary>The capabilities of the product, one line each. Every host adds all of them and runs those of its role.</summary>
public static class CoreModule
{
    /// <summary>Registers the infrastructure and all capabilities.</summary>
    /// <param name="provisions">True when this process creates and drops databases and roles; the API and the scheduler ask the worker
    /// to.</param>
    public static void AddCore(this IHostApplicationBuilder builder, bool provisions = false)
    {
        builder.AddInfrastructure(provisions);
        builder.Services.AddDesign();
        builder.Services.AddWireFormat();
        builder.Services.AddPersistence();
        builder.Services.AddEncryption();
        builder.Services.AddJobs();
        builder.Services.AddTenantCatalog();
        builder.Services.AddAuditing();
        builder.Services.AddIdempotency();
        builder.Services.AddEvents();
        builder.Services.AddSchemaMigration(provisions);
        builder.Services.AddAccounts();
        builder.Services.AddFactors(builder.Configuration["Credentials:Pages"]);
        builder.Services.AddTenancy(provisions);
        builder.Services.AddServiceAccounts();
        builder.Services.AddSessions();
        builder.Services.AddCredentials();
        builder.Services.AddMfa();
        builder.Services.AddFiles();
        builder.AddSso();
        builder.Services.AddInvitations();
        builder.AddMonitoring();
        builder.Services.AddDocuments();
        builder.Services.AddOperations();
        builder.Services.ExplainStartupValidation();
    }

    /// <summary>Maps the endpoints. Each requires an authenticated user unless it allows anonymous access.</summary>
    public static void MapCore(this IEndpointRouteBuilder endpoints)
    {
        var routes = endpoints.MapApiGroup();
        routes.MapAccounts();
        routes.MapTenancy();
        routes.MapServiceAccounts();
        routes.MapSessions();
        routes.MapCredentials();
        routes.MapMfa();
        routes.MapFiles();
        routes.MapDocuments();
        routes.MapSso();
        routes.MapInvitations();
        routes.MapAuditing();
        routes.MapMonitoring();
        routes.MapOperations();
        routes.MapDemo();
    }
}
