namespace SaaS.Tests.Architecture;

/// <summary>The order of the capabilities: each may know those before it, so that none can be in a circle.</summary>
public sealed class CapabilityTests
{
    private static readonly string[] InOrder = ["Access", "Paging", "Jobs", "Encryption", "Events", "Audit", "Idempotency", "Accounts", "Tenants", "Sessions", "Limits", "Credentials", "Files", "Documents", "Sso", "Monitoring", "Administration", "Demo"];

    // The contexts name every entity, and whoever queries names a context.
    private const string Everybodys = "Databases";

    [Fact]
    public void Every_capability_has_its_place_in_the_order()
    {
        var found = CoreCode.Types().Select(CoreCode.CapabilityOf).OfType<string>().Distinct().Order().ToList();

        Assert.Equal([.. InOrder.Append(Everybodys).Order()], found);
    }

    [Fact]
    public void A_capability_knows_only_those_before_it()
    {
        var arrows = CoreCode.Types()
            .Select(type => (Type: type, From: CoreCode.CapabilityOf(type)))
            .Where(one => one.From is not (null or Everybodys))
            .SelectMany(one => CoreCode.Mentions(one.Type).Select(mentioned => (one.From, To: CoreCode.CapabilityOf(mentioned), What: $"{CoreCode.Outermost(one.Type).Name} names {mentioned.Name}")))
            .Where(arrow => arrow.To is not (null or Everybodys) && arrow.To != arrow.From)
            .ToList();

        Assert.Contains(arrows, arrow => arrow is { From: "Documents", To: "Files" });
        Assert.Empty(arrows.Where(arrow => Array.IndexOf(InOrder, arrow.From) < Array.IndexOf(InOrder, arrow.To)).Select(arrow => arrow.What).Distinct());
    }
}
