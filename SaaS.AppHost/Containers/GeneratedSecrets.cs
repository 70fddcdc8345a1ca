namespace SaaS.AppHost.Containers;

/// <summary>Secrets that nobody has to think of: made at the first start, kept in the user's secrets, or by whoever deploys.</summary>
internal static class GeneratedSecrets
{
    /// <summary>Letters and digits alone: nothing that a connection string or a URI would have to escape.</summary>
    public static IResourceBuilder<ParameterResource> AddSecret(this IDistributedApplicationBuilder builder, string name, int length = 32) =>
        builder.AddParameter(name, new GenerateParameterDefault { MinLength = length, Special = false }, secret: true, persist: true);
}
