using Microsoft.Extensions.DependencyInjection;
using SaaS.Infrastructure.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the event transport over the control database.</summary>
[Trait("PostgreSQL", "18")]
public sealed class PostgresTransportTests(SaaSApp app) : EventTransportTests
{
    internal override EventTransport Transport => app.Services.GetRequiredService<EventTransport>();
}
