using System.Globalization;

namespace SaaS.Core.Operations.JobsPage;

/// <summary>Formats durations for display.</summary>
internal static class Durations
{
    /// <summary>Gets the duration of a run; zero if its end is unknown.</summary>
    public static TimeSpan Of(JobRunView run) => (run.EndedAt ?? run.StartedAt) - run.StartedAt;

    /// <summary>
    /// Formats a duration with at most two units: <c>40 ms</c>, <c>1.4 s</c>, <c>12 s</c>, <c>3 min 20 s</c>, <c>2 h 5 min</c>.
    /// </summary>
    public static string Format(TimeSpan time) =>
        time switch
        {
            { TotalSeconds: < 1 } => $"{(int)time.TotalMilliseconds} ms",
            { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
            { TotalMinutes: < 1 } => $"{time.Seconds} s",
            { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds} s",
            _ => $"{(int)time.TotalHours} h {time.Minutes} min",
        };
}
