namespace SaaS.AppHost.Resources;

/// <summary>A MinIO container; any S3-compatible server can replace it.</summary>
internal sealed class MinioContainer(string name, ParameterResource user, ParameterResource password)
    : ContainerResource(name),
        IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create(
            $"Endpoint=http://{this.GetEndpoint("http").Property(EndpointProperty.HostAndPort)};AccessKey={user};SecretKey={password}"
        );
}

internal static class MinioContainerExtensions
{
    public static IResourceBuilder<MinioContainer> AddMinioContainer(
        this IDistributedApplicationBuilder builder,
        string name,
        AppModelOptions options,
        IResourceBuilder<ParameterResource> user,
        IResourceBuilder<ParameterResource> password
    ) =>
        builder
            .AddResource(new MinioContainer(name, user.Resource, password.Resource))
            .WithImage(options.MinioImage)
            .WithImageRegistry(options.MinioRegistry)
            .WithArgs("server", "/data", "--console-address", ":9001")
            .WithHttpEndpoint(targetPort: 9000, name: "http")
            .WithHttpEndpoint(targetPort: 9001, name: "console")
            .WithEnvironment("MINIO_ROOT_USER", user)
            .WithEnvironment("MINIO_ROOT_PASSWORD", password)
            .WithHttpHealthCheck("/minio/health/live", endpointName: "http")
            .WithUrlForEndpoint("console", url => url.DisplayText = "MinIO console");
}
