using System.Globalization;

namespace SaaS.Core.Sessions;

/// <summary>How many attempts are free, and how the pause grows behind them.</summary>
/// <param name="Free">Attempts without a pause.</param>
/// <param name="FirstPause">After the first attempt that is not free; each further one doubles it.</param>
/// <param name="LongestPause">It never grows beyond this: nobody is locked out for good.</param>
internal sealed record AttemptLimit(int Free, TimeSpan FirstPause, TimeSpan LongestPause);

/// <summary>What is known of the attempts that one counter counts.</summary>
/// <param name="Failures">Attempts that have not succeeded, or not yet.</param>
/// <param name="NotBefore">When the next one is heard.</param>
internal readonly record struct AttemptCount(int Failures, DateTimeOffset NotBefore)
{
    private const int MaxDoublings = 30;

    public static readonly AttemptCount None = new(0, DateTimeOffset.MinValue);

    /// <summary>How long the next attempt has to wait.</summary>
    public TimeSpan WaitAt(DateTimeOffset now) => NotBefore > now ? NotBefore - now : TimeSpan.Zero;

    /// <summary>Counts an attempt before it is tried, so that many at once are counted too.</summary>
    public AttemptCount Begin(AttemptLimit limit, DateTimeOffset now)
    {
        var over = Failures + 1 - limit.Free;
        return new AttemptCount(Failures + 1, over < 0 ? DateTimeOffset.MinValue : now + PauseOf(over, limit));
    }

    /// <summary>Takes one attempt back that has succeeded.</summary>
    public AttemptCount TakeBack(AttemptLimit limit) =>
        Failures <= 1 ? None : new AttemptCount(Failures - 1, Failures - 1 < limit.Free ? DateTimeOffset.MinValue : NotBefore);

    public string? Write() =>
        this == None ? null : string.Create(CultureInfo.InvariantCulture, $"{Failures};{(NotBefore == DateTimeOffset.MinValue ? 0 : NotBefore.ToUnixTimeMilliseconds())}");

    /// <param name="text">What <see cref="Write"/> wrote; anything else counts as nothing.</param>
    public static AttemptCount Read(string? text) =>
        text?.Split(';') is [var failures, var notBefore]
        && int.TryParse(failures, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && long.TryParse(notBefore, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? new AttemptCount(count, milliseconds == 0 ? DateTimeOffset.MinValue : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds))
            : None;

    private static TimeSpan PauseOf(int over, AttemptLimit limit)
    {
        var pause = limit.FirstPause * Math.Pow(2, Math.Min(over, MaxDoublings));
        return pause < limit.LongestPause ? pause : limit.LongestPause;
    }
}
