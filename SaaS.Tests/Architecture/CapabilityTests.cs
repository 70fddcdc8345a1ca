using SaaS.LocalServices;

namespace SaaS.Tests.Architecture;

/// <summary>Tests the order of the capabilities, which is derived from the code: each depends only on those before it.</summary>
public sealed class CapabilityTests
{
    private const string Begin = "<!-- capability order: generated -->";
    private const string End = "<!-- end -->";

    [Fact]
    public void Capabilities_have_no_circular_dependencies()
    {
        var dependencies = Dependencies();
        Assert.Contains("Documents.Files", dependencies["Documents"]);

        var circular = dependencies.Keys.Except(Order(dependencies)).ToList();
        Assert.Empty(
            circular.Select(capability =>
                $"{capability} is in a circle with {string.Join(", ", dependencies[capability].Intersect(circular))}"
            )
        );
    }

    /// <summary>
    /// Verifies the order in the architecture page, or writes it there with the environment variable <c>WRITE_ARCHITECTURE=1</c>.
    /// </summary>
    [Fact]
    public async Task The_order_of_capabilities_is_printed_in_the_architecture_page()
    {
        var path = Path.Combine(Repository.Root(), "docs", "ARCHITECTURE.md");
        var page = await File.ReadAllTextAsync(path);
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, begin, StringComparison.Ordinal);
        var order = Order(Dependencies());
        if (Environment.GetEnvironmentVariable("WRITE_ARCHITECTURE") is "1")
        {
            var lines = order.Chunk(8).Select(chunk => string.Join(", ", chunk));
            await File.WriteAllTextAsync(path, $"{page[..begin]}\n{string.Join(",\n", lines)}\n{page[end..]}");
            return;
        }

        Assert.Equal(order, page[begin..end].Split([',', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    private static Dictionary<string, HashSet<string>> Dependencies() =>
        CoreCode
            .Types()
            .Select(type => (Type: type, From: CoreCode.CapabilityOf(type)))
            .Where(one => one.From is not null)
            .GroupBy(one => one.From!)
            .ToDictionary(
                types => types.Key,
                types =>
                    types
                        .SelectMany(one => CoreCode.Mentions(one.Type))
                        .Select(CoreCode.CapabilityOf)
                        .OfType<string>()
                        .Where(used => used != types.Key)
                        .ToHashSet()
            );

    private static List<string> Order(Dictionary<string, HashSet<string>> dependencies)
    {
        var order = new List<string>();
        while (
            dependencies
                .Keys.Except(order)
                .Where(capability => dependencies[capability].IsSubsetOf(order))
                .Order(StringComparer.Ordinal)
                .ToList()
                is { Count: > 0 } next
        )
        {
            order.AddRange(next);
        }

        return order;
    }
}
