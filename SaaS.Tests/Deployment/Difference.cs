namespace SaaS.Tests.Deployment;

/// <summary>An intended difference between the app model and a deployment, with its reason.</summary>
/// <param name="Key">The name of the environment variable, or of the service.</param>
internal sealed record Difference(string Key, string Reason)
{
    /// <summary>Fails for a difference without a reason, and for a reason without a difference.</summary>
    public static void AssertEqual(IEnumerable<string> differing, IEnumerable<Difference> meant) =>
        Assert.Equal(meant.Select(difference => difference.Key).Order(StringComparer.Ordinal), differing.Order(StringComparer.Ordinal));
}
