using System.ComponentModel.DataAnnotations;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>Lifetime and limits of invitations.</summary>
public sealed class InvitationOptions
{
    /// <summary>The time during which an invitation can be accepted, from its latest mail.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "7.00:00:00")]
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The minimum time between two mails of one invitation.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ResendInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The maximum number of mails of one invitation.</summary>
    [Range(1, 20)]
    public int MaxMails { get; init; } = 5;

    /// <summary>The maximum number of pending invitations of one tenant.</summary>
    [Range(1, 100_000)]
    public int MaxPending { get; init; } = 500;

    /// <summary>The maximum number of invitations that one tenant creates within a day: each is a mail to a stranger.</summary>
    [Range(1, 1_000_000)]
    public int MaxPerDay { get; init; } = 1_000;

    /// <summary>The time for which ended invitations are kept.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(90);
}
