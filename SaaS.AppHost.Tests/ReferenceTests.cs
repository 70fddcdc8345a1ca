namespace SaaS.AppHost.Tests;

/// <summary>Tests that the AppHost references none of the hosts.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public void The_AppHost_references_local_services_and_no_host()
    {
        var referenced = typeof(Projects.SaaS_AppHost).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();

        Assert.Contains("Aspire.Hosting", referenced);
        Assert.Equal(["SaaS.LocalServices"], referenced.Where(name => name.StartsWith("SaaS.", StringComparison.Ordinal)));
    }
}
