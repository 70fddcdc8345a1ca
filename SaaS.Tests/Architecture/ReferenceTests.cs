using Mono.Cecil;
using SaaS.ClientSample;
using SaaS.Core;
using SaaS.Entra;
using SaaS.Platform.Http;
using SaaS.ServiceDefaults;

namespace SaaS.Tests.Architecture;

/// <summary>Who may know whom. Each rule first asserts that it found something, or a renamed project would turn it silently empty.</summary>
public sealed class ReferenceTests
{
    private static readonly string[] Hosts = ["SaaS.Api", "SaaS.Worker", "SaaS.Scheduler"];

    [Fact]
    public void Platform_service_defaults_the_stand_in_for_Entra_and_the_client_know_no_project_of_ours()
    {
        foreach (var assembly in new[] { typeof(Problem).Assembly, typeof(HostDefaults).Assembly, typeof(EntraStandIn).Assembly, typeof(Journey).Assembly })
        {
            var referenced = assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();
            Assert.NotEmpty(referenced);
            Assert.DoesNotContain(referenced, name => name.StartsWith("SaaS.", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Core_knows_the_platform_and_no_vendor_of_an_engine_but_PostgreSQL()
    {
        var referenced = typeof(SaaSCore).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();

        Assert.Contains("SaaS.Platform", referenced);
        Assert.Equal(["SaaS.Platform"], referenced.Where(name => name.StartsWith("SaaS.", StringComparison.Ordinal)));
        string[] vendors = ["StackExchange.", "Quartz", "MailKit", "MimeKit"];
        Assert.DoesNotContain(referenced, name => vendors.Any(vendor => name.StartsWith(vendor, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(HostNames))]
    public void A_host_knows_core_and_service_defaults_alone(string host)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, $"{host}.dll"));
        var ours = assembly.MainModule.AssemblyReferences.Select(name => name.Name).Where(name => name.StartsWith("SaaS.", StringComparison.Ordinal)).Order().ToList();

        Assert.Equal(["SaaS.Core", "SaaS.ServiceDefaults"], ours);
    }

    [Fact]
    public void The_app_host_compiles_against_none_of_the_projects_that_it_starts()
    {
        using var assembly = AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, "SaaS.AppHost.dll"));
        var referenced = assembly.MainModule.AssemblyReferences.Select(name => name.Name).ToList();

        Assert.Contains(referenced, name => name.StartsWith("Garnet", StringComparison.Ordinal));
        Assert.DoesNotContain(referenced, name => name.StartsWith("SaaS.", StringComparison.Ordinal));
    }

    public static TheoryData<string> HostNames() => new(Hosts);
}
