using Mono.Cecil;
using SaaS.ClientSample;
using SaaS.Core;
using SaaS.Entra;
using SaaS.Infrastructure.Objects;
using SaaS.LocalServices;
using SaaS.ServiceDefaults;

namespace SaaS.Tests.Architecture;

/// <summary>
/// Tests which projects may reference which. Each rule first asserts that it matched something, because a renamed project would
/// otherwise make it pass silently.
/// </summary>
public sealed class ReferenceTests
{
    private static readonly string[] Hosts = ["SaaS.Api", "SaaS.Worker", "SaaS.Scheduler"];

    [Fact]
    public void Independent_projects_reference_no_other_project_of_the_solution()
    {
        foreach (
            var assembly in new[]
            {
                typeof(ObjectStore).Assembly,
                typeof(HostDefaults).Assembly,
                typeof(KeyRing).Assembly,
                typeof(EntraStandIn).Assembly,
                typeof(Journey).Assembly,
            }
        )
        {
            var referenced = assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();
            Assert.NotEmpty(referenced);
            Assert.DoesNotContain(referenced, name => name.StartsWith("SaaS.", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Core_references_no_backing_service_client_except_PostgreSQL()
    {
        var referenced = typeof(CoreModule).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();

        Assert.Contains("SaaS.Infrastructure", referenced);
        Assert.Equal(["SaaS.Infrastructure"], referenced.Where(name => name.StartsWith("SaaS.", StringComparison.Ordinal)));
        string[] vendors = ["StackExchange.", "Quartz", "MailKit", "MimeKit"];
        Assert.DoesNotContain(referenced, name => vendors.Any(vendor => name.StartsWith(vendor, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(HostNames))]
    public void A_host_references_only_core_and_service_defaults(string host)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, $"{host}.dll"));
        var ours = assembly
            .MainModule.AssemblyReferences.Select(name => name.Name)
            .Where(name => name.StartsWith("SaaS.", StringComparison.Ordinal))
            .Order()
            .ToList();

        Assert.Equal(["SaaS.Core", "SaaS.ServiceDefaults"], ours);
    }

    public static TheoryData<string> HostNames() => new(Hosts);
}
