extern alias api;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Demo;

namespace SaaS.Tests.Fixtures;

/// <summary>
/// An API host: the one that all tests share, or an additional one of a single test with other settings or another clock.
/// </summary>
/// <param name="isBeside">
/// True for an additional API on the backing services of another. It does not consume the demo messages, because each one goes to a
/// single consumer.
/// </param>
internal sealed class ApiUnderTest(IReadOnlyDictionary<string, string?> settings, TimeProvider? clock = null, bool isBeside = false)
    : HostUnderTest<api::Program>(settings, clock)
{
    protected override void Change(IServiceCollection services)
    {
        base.Change(services);
        if (isBeside)
        {
            services.Remove(
                services.Single(one =>
                    one.ServiceType == typeof(IHostedService) && one.ImplementationFactory?.Method.ReturnType == typeof(DemoMessages)
                )
            );
        }
    }
}

/// <summary>
/// The system clock with an offset. Timers still run at their normal pace, and code that reads the time gets a later one.
/// </summary>
internal sealed class ShiftedClock : TimeProvider
{
    private TimeSpan _furthest;

    /// <summary>The offset, which moves the clock forward.</summary>
    public TimeSpan Ahead
    {
        get;
        set => (field, _furthest) = (value, value > _furthest ? value : _furthest);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;

    // The timestamp never goes back, even when the time of day does.
    public override long GetTimestamp() => System.GetTimestamp() + (long)(_furthest.TotalSeconds * TimestampFrequency);
}
