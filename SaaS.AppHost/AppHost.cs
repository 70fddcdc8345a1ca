// Engine=Aspire: the same system as Embedded/EmbeddedHost.cs, on containers, with Aspire's dashboard.

var builder = DistributedApplication.CreateBuilder(args);

var superuserPassword = Password("postgres-password");
var servingPassword = Password("saas-app-password");
var provisioningPassword = Password("saas-provisioner-password");
var redisPassword = Password("redis-password");
var signingKey = Secret("jwt-signing-key", length: 64);
var masterKey = Secret("encryption-master-key", length: 43); // with one "=" behind it, the base64 of 32 bytes
var objectsEndpoint = builder.AddParameter("objects-endpoint", $"file://{Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", ".data", "objects"))}");
var mailFolder = builder.AddParameter("mail-folder", Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", ".data", "mail")));

var postgres = builder.AddPostgres("postgres", password: superuserPassword)
    .WithImageTag("17.6")
    .WithArgs("-c", "max_connections=400")
    .WithDataVolume("saas-postgres-data")
    .WithLifetime(ContainerLifetime.Persistent);
var redis = builder.AddRedis("redis", password: redisPassword)
    .WithDataVolume("saas-redis-data")
    .WithPersistence(TimeSpan.FromMinutes(1), keysChangedThreshold: 100);

var server = postgres.Resource.PrimaryEndpoint;
var serving = builder.AddConnectionString("saas-platform", ReferenceExpression.Create(
    $"Host={server.Property(EndpointProperty.Host)};Port={server.Property(EndpointProperty.Port)};Database=saas_platform;Username=saas_app;Password={servingPassword}"));
var provisioning = builder.AddConnectionString("saas-provisioning", ReferenceExpression.Create(
    $"Host={server.Property(EndpointProperty.Host)};Port={server.Property(EndpointProperty.Port)};Database=saas_platform;Username=saas_provisioner;Password={provisioningPassword}"));
var objects = builder.AddConnectionString("minio", ReferenceExpression.Create($"Endpoint={objectsEndpoint}"));

// The only one that is given the superuser: it makes the two roles and the control database.
var migrate = Configured(builder.AddProject<Projects.SaaS_Worker>("migrate").WithArgs("migrate"))
    .WithReference(postgres).WaitFor(postgres);

Configured(builder.AddProject<Projects.SaaS_Api>("api").WithHttpEndpoint(port: 4999, name: "http", env: "HTTP_PORTS"))
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health/ready")
    .WaitForCompletion(migrate);
Configured(builder.AddProject<Projects.SaaS_Worker>("worker").WithHttpEndpoint(name: "http", env: "HTTP_PORTS"))
    .WithHttpHealthCheck("/health/ready")
    .WaitForCompletion(migrate);
Configured(builder.AddProject<Projects.SaaS_Scheduler>("scheduler").WithHttpEndpoint(port: 5555, name: "http", env: "HTTP_PORTS"))
    .WithHttpHealthCheck("/health/ready")
    .WaitForCompletion(migrate);

builder.Build().Run();

// What every host is told, whatever its role.
IResourceBuilder<ProjectResource> Configured(IResourceBuilder<ProjectResource> host) => host
    .WithReference(serving)
    .WithReference(provisioning)
    .WithReference(objects)
    .WithReference(redis).WaitFor(redis)
    .WithEnvironment("Credentials__Pages", "http://localhost:4999/account/")
    .WithEnvironment("Mail__Folder", mailFolder)
    .WithEnvironment("Mail__AllowFolderOutsideDevelopment", "true") // no launch profile says Development here
    .WithEnvironment("Mail__From__Address", "no-reply@localhost")
    .WithEnvironment("Jwt__SigningKey", signingKey)
    .WithEnvironment("Encryption__Provider", "keyring")
    .WithEnvironment("Encryption__MasterKey", ReferenceExpression.Create($"{masterKey}="));

IResourceBuilder<ParameterResource> Password(string name) => Secret(name, length: 32);

// Letters and digits alone: nothing that a connection string or a URI would have to escape.
IResourceBuilder<ParameterResource> Secret(string name, int length) =>
    builder.AddParameter(name, new GenerateParameterDefault { MinLength = length, Special = false }, secret: true, persist: true);
