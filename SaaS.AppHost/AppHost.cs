using SaaS.AppHost;
using SaaS.AppHost.Lifecycle;
using SaaS.AppHost.Resources;

// The app model: what there is, who is given what, and who waits for whom. The same model runs and is published.

await using var run = await AppHostRun.BeginAsync(args); // the command line, the data folder, the ports
if (run.ExitCode is { } exitCode)
{
    return exitCode;
}

var builder = DistributedApplication.CreateBuilder(run.BuilderOptions);

// Backing services: processes and folders of this machine, containers, or connection strings of services that a cloud runs.
// A tag comes before a volume: the version of the image decides where its data lies.
var postgresPassword = run.Services is BackingServices.Managed ? null : builder.AddSecret("postgres-password", run);
var postgres = run.Services switch
{
    BackingServices.Local => builder.AddLocalPostgres("postgres", run, postgresPassword!),
    BackingServices.Containers => builder.AddPostgres("postgres", password: postgresPassword)
        .WithImageTag("17.6")
        .WithArgs("-c", "max_connections=700") // docs/DEPLOYMENT.md, "The connection budget"
        .WithEnvironment("PGDATA", "/var/lib/postgresql/data/pgdata") // the root of a disk is not empty, which initdb refuses
        .WithDataVolume("saas-postgres-data")
        .WithLifetime(ContainerLifetime.Persistent),
    _ => null,
};
var redisPassword = run.Services is BackingServices.Managed ? null : builder.AddSecret("redis-password", run);
var redis = run.Services switch
{
    BackingServices.Local => builder.AddLocalRedis("redis", run, redisPassword!),
    BackingServices.Containers => builder.AddRedis("redis", password: redisPassword)
        .WithDataVolume("saas-redis-data")
        .WithPersistence(TimeSpan.FromMinutes(1), keysChangedThreshold: 100)
        .WithLifetime(ContainerLifetime.Persistent),
    _ => builder.AddConnectionString("redis"),
};
var kafka = run.Services switch // without Kafka events go over PostgreSQL
{
    BackingServices.Containers => builder.AddKafkaContainer("kafka")
        .WithVolume("saas-kafka-data", "/var/lib/kafka/data")
        .WithEnvironment("KAFKA_LOG_DIRS", "/var/lib/kafka/data")
        .WithLifetime(ContainerLifetime.Persistent),
    BackingServices.Managed => builder.AddConnectionString("kafka"),
    _ => null,
};
var objects = run.Services switch // a folder, or what speaks S3
{
    BackingServices.Local => builder.AddObjectFolder("minio", run),
    BackingServices.Containers => builder
        .AddMinioContainer("minio", run.Model, builder.AddParameter("minio-user", "saas", publishValueAsDefault: true),
            builder.AddSecret("minio-password", run))
        .WithVolume("saas-minio-data", "/data")
        .WithLifetime(ContainerLifetime.Persistent),
    _ => builder.AddConnectionString("minio"),
};
var encryption = Encryption.Add(builder, run); // Vault, or a key ring under a master key
var settings = CommonSettings.Add(builder, run);
var platform = builder.AddControlDatabase("saas-platform", "saas_app", postgres, run);
var provisioning = builder.AddControlDatabase("saas-provisioning", "saas_provisioner", postgres, run); // for what creates databases: the worker and its commands

var migrate = builder.AddProject<Projects.SaaS_Worker>("migrate").WithArgs("migrate")
    .WithCommonSettings(settings).WithReference(platform).WithReference(provisioning).WithReference(redis).WithReference(objects)
    .When(kafka, (host, brokers) => host.WithReference(brokers).WaitFor(brokers))
    .When(postgres, (host, server) => host.WithReference(server).WaitFor(server)) // the superuser: it creates roles and databases
    .WithEncryption(encryption, "migrate")
    .WaitFor(redis).WaitFor(objects);

var api = builder.AddProject<Projects.SaaS_Api>("api")
    .WithCommonSettings(settings).WithReference(platform).WithReference(redis).WithReference(objects)
    .When(kafka, (host, brokers) => host.WithReference(brokers).WaitFor(brokers))
    .WithEncryption(encryption, "api")
    .WithHttpEndpoint(port: run.Ports.Api, name: "http", isProxied: run.IsPublish).WithExternalHttpEndpoints()
    .WithMetricsEndpoint(run.Ports.ApiMetrics)
    .WithHttpHealthCheck("/health/ready", endpointName: "http")
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ($"{url.Url}/api/docs", "API (Scalar)"))
    .WaitForCompletion(migrate).WaitFor(redis).WaitFor(objects);

var worker = builder.AddProject<Projects.SaaS_Worker>("worker")
    .WithCommonSettings(settings).WithReference(platform).WithReference(provisioning).WithReference(redis).WithReference(objects)
    .When(kafka, (host, brokers) => host.WithReference(brokers).WaitFor(brokers))
    .WithEncryption(encryption, "worker")
    .WithHttpEndpoint(port: run.Ports.Worker, name: "http", isProxied: run.IsPublish)
    .WithMetricsEndpoint(run.Ports.WorkerMetrics)
    .WithHttpHealthCheck("/health/ready", endpointName: "http")
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ($"{url.Url}/health/ready", "Health"))
    .WaitForCompletion(migrate).WaitFor(redis).WaitFor(objects);

var scheduler = builder.AddProject<Projects.SaaS_Scheduler>("scheduler")
    .WithCommonSettings(settings).WithReference(platform).WithReference(redis).WithReference(objects)
    .When(kafka, (host, brokers) => host.WithReference(brokers).WaitFor(brokers))
    .WithEncryption(encryption, "scheduler")
    .WithHttpEndpoint(port: run.Ports.Scheduler, name: "http", isProxied: run.IsPublish)
    .WithMetricsEndpoint(run.Ports.SchedulerMetrics)
    .WithHttpHealthCheck("/health/ready", endpointName: "http")
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ($"{url.Url}/jobs", "Jobs"))
    .WaitForCompletion(migrate).WaitFor(redis).WaitFor(objects);

if (!run.IsPublish)
{
    builder.AddMailFolder("mails", run);
    builder.AddEntraStandIn("entra", run, api, worker, scheduler);
    var demo = builder.AddProject<Projects.SaaS_Worker>("demo")
        .WithArgs("init", "--create-admin", "--create-test-tenant", "--non-interactive")
        .WithCommonSettings(settings).WithReference(platform).WithReference(provisioning).WithReference(redis).WithReference(objects)
        .When(kafka, (host, brokers) => host.WithReference(brokers))
        .WithEncryption(encryption, "commands").WaitForCompletion(migrate).WithExplicitStart();
    var reset = builder.AddProject<Projects.SaaS_Worker>("reset").WithArgs("reset", "--yes")
        .WithCommonSettings(settings).WithReference(platform).WithReference(provisioning).WithReference(redis).WithReference(objects)
        .When(kafka, (host, brokers) => host.WithReference(brokers))
        .WithEncryption(encryption, "commands").WaitForCompletion(migrate).WithExplicitStart();
    api.WithOneShotCommand(migrate, "Migrate", "Brings every database to the schema of this build.", "DatabaseArrowUp")
        .WithOneShotCommand(demo, "Create operator and demo tenant", "Creates the operator admin@example.com and a tenant.", "PersonAdd")
        .WithOneShotCommand(reset, "Reset", "Drops every tenant and creates an empty installation.", "Delete",
            "Everything is lost: accounts, tenants, documents. Continue?", api, worker, scheduler);
    builder.RunProjectsFromBuildOutput();
    builder.AddLifecycle(run);
}

return await run.RunAsync(builder);
