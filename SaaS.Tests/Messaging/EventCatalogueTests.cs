using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Messaging;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Messaging;

/// <summary>Tests that docs/EVENTS.md matches the implemented events.</summary>
public sealed class EventCatalogueTests(SaaSApp app)
{
    private static readonly List<Type> Events =
    [
        .. typeof(EventCatalogue).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IEvent)) && type.IsClass),
    ];

    [Fact]
    public void Every_event_type_is_unique()
    {
        Assert.NotEmpty(Events);
        Assert.Equal(Events.Select(TypeOf).Order(), EventCatalogue.Types.Order());
        Assert.Equal(Events.Count, EventCatalogue.Types.Distinct().Count());
    }

    [Fact]
    public void Every_event_is_described_with_its_fields_and_consumers()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root(), "docs", "EVENTS.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|'))
            .ToDictionary(cells => cells[1].Trim(' ', '`'));
        var consumers = app.Services.GetServices<ConsumerRegistration>().ToLookup(consumer => consumer.Topic, consumer => consumer.Name);

        Assert.Equal(EventCatalogue.Types.Order(), rows.Keys.Order());
        Assert.All(
            Events,
            type =>
            {
                var row = rows[TypeOf(type)];
                Assert.All(
                    type.GetProperties().Where(property => property.DeclaringType == type && property.GetMethod!.IsStatic is false),
                    field =>
                        Assert.Contains($"`{JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Name)}`", row[4], StringComparison.Ordinal)
                );
                Assert.All(consumers[TypeOf(type)], consumer => Assert.Contains($"`{consumer}`", row[5], StringComparison.Ordinal));
            }
        );
    }

    private static string TypeOf(Type type) => (string)type.GetProperty(nameof(IEvent.Type))!.GetValue(null)!;
}
