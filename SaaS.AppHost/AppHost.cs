using SaaS.AppHost;
using SaaS.AppHost.Lifecycle;
using SaaS.AppHost.Resources;

// The app model: resources, references between them, and the order in which they start. The same model is run and published.

await using var run = await AppHostRun.BeginAsync(args); // parses the command line, opens the data folder, assigns the ports
if (run.ExitCode is { } exitCode)
{
    return exitCode;
}

var builder = DistributedApplication.CreateBuilder(run.BuilderOptions);

// Backing services: local processes and folders, containers, or connection strings of managed cloud services.
// The image tag is set before the volume, because the path of the data depends on the image version.
var postgresPassword = run.Services is BackingServices.Managed ? null : builder.AddSecret("postgres-password", run);
var postgres = run.Services switch
{
    BackingServices.Local => builder.AddLocalPostgres("postgres", run, postgresPassword!),
    BackingServices.Containers => builder
        .AddPostgres("postgres", password: postgresPassword)
        .WithImageTag("17.6")
        .WithArgs("-c", "max_connections=700") // docs/DEPLOYMENT.md, "The connection budget"
        .WithEnvironment("PGDATA", "/var/lib/postgresql/data/pgdata") // initdb requires an empty folder, not a disk root
        .WithDataVolume("saas-postgres-data")
        .WithLifetime(ContainerLifetime.Persistent),
    _ => null,
};
var redisPassword = run.Services is BackingServices.Managed ? null : builder.AddSecret("redis-password", run);
var redis = run.Services switch
{
    BackingServices.Local => builder.AddLocalRedis("redis", run, redisPassword!),
    BackingServices.Containers => builder
        .AddRedis("redis", password: redisPassword)
        .WithDataVolume("saas-redis-data")
        .WithPersistence(TimeSpan.FromMinutes(1), keysChangedThreshold: 100)
        .WithLifetime(ContainerLifetime.Persistent),
    _ => builder.AddConnectionString("redis"),
};
var kafka = run.Services switch // without Kafka, events are delivered over PostgreSQL
{
    BackingServices.Containers => builder
        .AddKafkaContainer("kafka")
        .WithVolume("saas-kafka-data", "/var/lib/kafka/data")
        .WithEnvironment("KAFKA_LOG_DIRS", "/var/lib/kafka/data")
        .WithLifetime(ContainerLifetime.Persistent),
    BackingServices.Managed => builder.AddConnectionString("kafka"),
    _ => null,
};
var objects = run.Services switch // a folder, or an S3-compatible object store
{
    BackingServices.Local => builder.AddObjectFolder("minio", run),
    BackingServices.Containers => builder
        .AddMinioContainer(
            "minio",
            run.Model,
            builder.AddParameter("minio-user", "saas", publishValueAsDefault: true),
            builder.AddSecret("minio-password", run)
        )
        .WithVolume("saas-minio-data", "/data")
        .WithLifetime(ContainerLifetime.Persistent),
    _ => builder.AddConnectionString("minio"),
};
var encryption = Encryption.Add(builder, run); // Vault, or a key ring encrypted with a master key
var settings = CommonSettings.Add(builder, run);
var platform = builder.AddControlDatabase("saas-platform", "saas_app", postgres, run);

// Only resources that create databases get this connection string: the worker and its commands.
var provisioning = builder.AddControlDatabase("saas-provisioning", "saas_provisioner", postgres, run);

var migrate = builder
    .AddProject<Projects.SaaS_Worker>("migrate")
    .WithArgs("migrate")
    .WithCommonSettings(settings)
    .WithReference(platform)
    .WithReference(provisioning)
    .WithReference(redis)
    .WithReference(objects)
    .When(kafka, (host, brokers) => host.WithReference(brokers).WaitFor(brokers))
    .When(postgres, (host, server) => host.WithReference(server).WaitFor(server)) // the superuser, to create roles and databases
    .WithEncryption(encryption, "migrate")
    .WaitFor(redis)
    .WaitFor(objects);

var api = builder
    .AddProject<Projects.SaaS_Api>("api")
    .WithCommonSettings(settings)
    .WithReference(platform)
    .WithReference(redis)
    .WithReference(objects)
    .When(kafka, (host, brokers) => host.WithReference(brokers).WaitFor(brokers))
    .WithEncryption(encryption, "api")
    .WithHttpEndpoint(port: run.Ports.Api, name: "http", isProxied: run.IsPublish)
    .WithExternalHttpEndpoints()
    .WithMetricsEndpoint(run.Ports.ApiMetrics)
    .WithHttpHealthCheck("/health/ready", endpointName: "http")
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ($"{url.Url}/api/docs", "API (Scalar)"))
    .WaitForCompletion(migrate)
    .WaitFor(redis)
    .WaitFor(objects);

var worker = builder
    .AddProject<Projects.SaaS_Worker>("worker")
    .WithCommonSettings(settings)
    .WithReference(platform)
    .WithReference(provisioning)
    .WithReference(redis)
    .WithReference(objects)
    .When(kafka, (host, brokers) => host.WithReference(brokers).WaitFor(brokers))
    .WithEncryption(encryption, "worker")
    .WithHttpEndpoint(port: run.Ports.Worker, name: "http", isProxied: run.IsPublish)
    .WithMetricsEndpoint(run.Ports.WorkerMetrics)
    .WithHttpHealthCheck("/health/ready", endpointName: "http")
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ($"{url.Url}/health/ready", "Health"))
    .WaitForCompletion(migrate)
    .WaitFor(redis)
    .WaitFor(objects);

var scheduler = builder
    .AddProject<Projects.SaaS_Scheduler>("scheduler")
    .WithCommonSettings(settings)
    .WithReference(platform)
    .WithReference(redis)
    .WithReference(objects)
    .When(kafka, (host, brokers) => host.WithReference(brokers).WaitFor(brokers))
    .WithEncryption(encryption, "scheduler")
    .WithHttpEndpoint(port: run.Ports.Scheduler, name: "http", isProxied: run.IsPublish)
    .WithMetricsEndpoint(run.Ports.SchedulerMetrics)
    .WithHttpHealthCheck("/health/ready", endpointName: "http")
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ($"{url.Url}/jobs", "Jobs"))
    .WaitForCompletion(migrate)
    .WaitFor(redis)
    .WaitFor(objects);

if (!run.IsPublish)
{
    builder.AddMailFolder("mails", run);
    builder.AddEntraStandIn("entra", run, api, worker, scheduler);
    var demo = builder
        .AddProject<Projects.SaaS_Worker>("demo")
        .WithArgs("init", "--create-admin", "--create-test-tenant", "--non-interactive")
        .WithCommonSettings(settings)
        .WithReference(platform)
        .WithReference(provisioning)
        .WithReference(redis)
        .WithReference(objects)
        .When(kafka, (host, brokers) => host.WithReference(brokers))
        .WithEncryption(encryption, "commands")
        .WaitForCompletion(migrate)
        .WithExplicitStart();
    var reset = builder
        .AddProject<Projects.SaaS_Worker>("reset")
        .WithArgs("reset", "--yes")
        .WithCommonSettings(settings)
        .WithReference(platform)
        .WithReference(provisioning)
        .WithReference(redis)
        .WithReference(objects)
        .When(kafka, (host, brokers) => host.WithReference(brokers))
        .WithEncryption(encryption, "commands")
        .WaitForCompletion(migrate)
        .WithExplicitStart();
    api.WithOneShotCommand(migrate, "Migrate", "Migrates every database to the schema of this build.", "DatabaseArrowUp")
        .WithOneShotCommand(
            demo,
            "Create operator and demo tenant",
            "Creates the platform admin admin@example.com and a demo tenant.",
            "PersonAdd"
        )
        .WithOneShotCommand(
            reset,
            "Reset",
            "Drops every tenant and creates an empty installation.",
            "Delete",
            "This deletes all accounts, tenants and documents. Continue?",
            api,
            worker,
            scheduler
        );
    builder.RunProjectsFromBuildOutput();
    builder.AddLifecycle(run);
}

return await run.RunAsync(builder);
