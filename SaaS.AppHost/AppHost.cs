// Engine=Aspire: the same system as Embedded/EmbeddedHost.cs, on containers, with Aspire's dashboard; also what is published from.
using SaaS.AppHost.Containers;

// Only in Development are the passwords read again that the last run has generated, and its volumes open with no others.
var builder = DistributedApplication.CreateBuilder(["--environment", Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? "Development", .. args]);
var options = DrawingOptions.Of(builder);

// The engines. A tag comes before a volume: the image's version decides where its data lies.
var postgres = options.EnginesAreManaged ? null : builder.AddPostgres("postgres", password: builder.AddSecret("postgres-password"))
    .WithImageTag("17.6")
    .WithArgs("-c", "max_connections=700") // docs/DEPLOYMENT.md, "The connection budget"
    .WithEnvironment("PGDATA", "/var/lib/postgresql/data/pgdata") // the root of a disk is not empty, which initdb refuses
    .WithDataVolume("saas-postgres-data")
    .WithLifetime(ContainerLifetime.Persistent);
var redis = Engine("redis", () => builder.AddRedis("redis", password: builder.AddSecret("redis-password"))
    .WithDataVolume("saas-redis-data")
    .WithPersistence(TimeSpan.FromMinutes(1), keysChangedThreshold: 100)
    .WithLifetime(ContainerLifetime.Persistent));
var kafka = Engine("kafka", () => builder.AddKafka("kafka")
    .WithDataVolume("saas-kafka-data")
    .WithLifetime(ContainerLifetime.Persistent)
    .WithKafkaUI(ui => ui.WithUrlForEndpoint("http", url => url.DisplayText = "Kafka UI")));
#pragma warning disable CS0618 // The project behind MinIO was archived: any other server that speaks S3 does as well.
var minio = Engine("minio", () => builder.AddMinioContainer("minio", builder.AddParameter("minio-user", "saas", publishValueAsDefault: true), builder.AddSecret("minio-password"))
    .WithImageRegistry(options.MinioRegistry)
    .WithImage(options.MinioImage)
    .WithDataVolume("saas-minio-data")
    .WithLifetime(ContainerLifetime.Persistent)
    .WithUrlForEndpoint("console", url => url.DisplayText = "MinIO console"));
#pragma warning restore CS0618
var vault = VaultEngine.Add(builder, options);
var settings = HostSettings.Add(builder, options);

var serving = ControlDatabase("saas-platform", "saas_app");
var provisioning = ControlDatabase("saas-provisioning", "saas_provisioner");

var migrate = Configured(builder.AddProject<Projects.SaaS_Worker>("migrate").WithArgs("migrate"), role: "migrate");
if (postgres is not null)
{
    migrate.WithReference(postgres).WaitFor(postgres); // the only one that is given the superuser: it makes the two roles and the control database
}

var api = Configured(builder.AddProject<Projects.SaaS_Api>("api"), role: "api")
    .WithHttpEndpoint(port: 4999, name: "http", env: "HTTP_PORTS")
    .WithExternalHttpEndpoints()
    .WithReplicas(options.ApiReplicas)
    .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/api/docs", DisplayText = "Scalar" })
    .Serving(after: migrate);
Configured(builder.AddProject<Projects.SaaS_Worker>("worker"), role: "worker")
    .WithHttpEndpoint(name: "http", env: "HTTP_PORTS")
    .WithReplicas(options.WorkerReplicas)
    .Serving(after: migrate);
Configured(builder.AddProject<Projects.SaaS_Scheduler>("scheduler"), role: "scheduler")
    .WithHttpEndpoint(port: 5555, name: "http", env: "HTTP_PORTS")
    .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/jobs", DisplayText = "Jobs" })
    .Serving(after: migrate);

if (builder.ExecutionContext.IsRunMode)
{
    var seed = Configured(builder.AddProject<Projects.SaaS_Worker>("seed").WithArgs("init", "--create-admin", "--create-test-tenant", "--non-interactive"), role: "api");
    var reset = Configured(builder.AddProject<Projects.SaaS_Worker>("reset").WithArgs("reset", "--yes"), role: "scheduler");
    api.WithRunOf(migrate, "migrate", "Migrate", "Brings every database to the schema of this build.", "DatabaseArrowUp");
    api.WithRunOf(seed.OnDemand(after: migrate), "seed", "Seed demo data", "Makes an operator (admin@example.com) and a tenant to try.", "PersonAdd");
    api.WithRunOf(reset.OnDemand(after: migrate), "reset", "Reset", "Drops every tenant and makes an empty installation; restart the hosts afterwards.", "Delete", "Everything is lost: accounts, tenants, documents. Go on?");
}

DeployTargets.Add(builder, options);
builder.Build().Run();

// A container, unless a cloud runs the engine: then whoever deploys gives its connection string.
IResourceBuilder<IResourceWithConnectionString> Engine(string name, Func<IResourceBuilder<IResourceWithConnectionString>> container) =>
    options.EnginesAreManaged ? builder.AddConnectionString(name) : container();

IResourceBuilder<IResourceWithConnectionString> ControlDatabase(string name, string role) => postgres?.Resource.PrimaryEndpoint is { } server
    ? builder.AddConnectionString(name, ReferenceExpression.Create(
        $"Host={server.Property(EndpointProperty.Host)};Port={server.Property(EndpointProperty.Port)};Database=saas_platform;Username={role};Password={builder.AddSecret($"{role.Replace('_', '-')}-password")}"))
    : builder.AddConnectionString(name);

// What every host is told, whatever its role: as HostEnvironment tells those of the embedded engine.
IResourceBuilder<ProjectResource> Configured(IResourceBuilder<ProjectResource> host, string role) => vault.OpenTo(settings.Tell(host
    .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString | ReferenceEnvironmentInjectionFlags.ServiceDiscovery)
    .WithReference(serving)
    .WithReference(provisioning)
    .WithReference(redis).WaitFor(redis)
    .WithReference(kafka).WaitFor(kafka)
    .WithReference(minio).WaitFor(minio)), role);
