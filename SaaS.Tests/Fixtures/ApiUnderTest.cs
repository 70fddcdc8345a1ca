extern alias api;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Demo;

namespace SaaS.Tests.Fixtures;

/// <summary>The API: the one that all tests share, or one of a test's own beside it, with other settings or another clock.</summary>
/// <param name="isBeside">One more on the engines of another: it leaves the demo's messages to that, because whichever hears one keeps it.</param>
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

/// <summary>The system's clock, some time ahead: what waits still waits, and what looks at the time sees a later one.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private TimeSpan _furthest;

    /// <summary>How far ahead it is.</summary>
    public TimeSpan Ahead
    {
        get;
        set => (field, _furthest) = (value, value > _furthest ? value : _furthest);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(_furthest.TotalSeconds * TimestampFrequency); // what measures never goes back, whatever the time of day does
}
