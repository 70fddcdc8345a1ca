extern alias api;

namespace SaaS.Tests.Fixtures;

/// <summary>The API: the one that all tests share, or one of a test's own beside it, with other settings or another clock.</summary>
internal sealed class ApiUnderTest(IReadOnlyDictionary<string, string?> settings, TimeProvider? clock = null) : HostUnderTest<api::Program>(settings, clock);

/// <summary>The system's clock, some time ahead: what waits still waits, and what looks at the time sees a later one.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    /// <summary>How far ahead it is.</summary>
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(Ahead.TotalSeconds * TimestampFrequency);
}
