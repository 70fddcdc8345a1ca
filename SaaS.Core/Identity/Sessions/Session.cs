using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// One sign-in on one device, for as long as it is kept alive. Its refresh tokens are numbered; only the newest number is
/// good, and the row holds nothing that a thief of the database could refresh with.
/// </summary>
internal sealed class Session
{
    /// <summary>How exact <see cref="LastUsedAt"/> is: the row is not written at every request.</summary>
    public static readonly TimeSpan UsePrecision = TimeSpan.FromMinutes(1);

    public required Guid Id { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>What signed in, in words that its owner recognises, e.g. <c>Firefox on Linux</c>.</summary>
    public required string Device { get; init; }

    /// <summary>From where it signed in; null where the transport has no address.</summary>
    public string? Address { get; init; }

    /// <summary>How it was opened.</summary>
    public required SignInMethod Method { get; init; }

    /// <summary>The tenant that it opens, and none but that; null for one that opens all of the account's.</summary>
    public Guid? RestrictedToTenantId { get; init; }

    /// <summary>The account's <see cref="User.SecurityStamp"/> for which it was opened; with another one it is not valid.</summary>
    public required Guid SecurityStamp { get; init; }

    /// <summary>The session that it was opened from, with which it ends; null for one that was opened by a sign-in.</summary>
    public Guid? ParentId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The session ends here, however often it is refreshed.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The newest refresh token is good until here.</summary>
    public required DateTimeOffset RefreshableUntil { get; set; }

    /// <summary>The number of the newest refresh token.</summary>
    public int Generation { get; set; }

    public required DateTimeOffset RefreshedAt { get; set; }

    public required DateTimeOffset LastUsedAt { get; set; }

    /// <summary>Written by <see cref="SessionStore"/> alone, which also ends the sessions that were opened from this one.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The sessions that count at this moment: neither ended nor expired, opened for the account as it is now, and not from one that has ended.</summary>
    public static IQueryable<Session> Valid(ControlDbContext db, DateTimeOffset now) =>
        db.Sessions
            .Where(session => session.EndedAt == null && session.ExpiresAt > now)
            .Where(session => db.Users.Any(user => user.Id == session.UserId && user.IsActive && user.SecurityStamp == session.SecurityStamp))
            .Where(session => session.ParentId == null || db.Sessions.Any(parent => parent.Id == session.ParentId && parent.EndedAt == null));

    /// <summary>Not ended, and still within both of its times.</summary>
    public static Expression<Func<Session, bool>> IsAliveAt(DateTimeOffset now) =>
        session => session.EndedAt == null && session.ExpiresAt > now && session.RefreshableUntil > now;

    internal sealed class Mapping : IEntityTypeConfiguration<Session>
    {
        public void Configure(EntityTypeBuilder<Session> builder)
        {
            builder.ToTable("sessions");
            builder.Property(session => session.Id).ValueGeneratedNever();
            builder.Property(session => session.Device).HasMaxLength(ClientDevice.NameMaxLength).HasDefaultValue("");
            builder.Property(session => session.Address).HasMaxLength(45);
            builder.HasOne<User>().WithMany().HasForeignKey(session => session.UserId).OnDelete(DeleteBehavior.Cascade);
            builder.Property(session => session.Method).HasConversion<string>().HasMaxLength(20).HasDefaultValue(SignInMethod.Password).HasSentinel(SignInMethod.Password);
            builder.HasIndex(session => session.ExpiresAt);
            builder.HasIndex(session => new { session.UserId, session.LastUsedAt, session.Id }).HasFilter("ended_at IS NULL");
            builder.HasIndex(session => session.UserId);
            builder.HasIndex(session => session.ParentId).HasFilter("parent_id IS NOT NULL AND ended_at IS NULL");
            builder.HasIndex(session => new { session.RestrictedToTenantId, session.UserId }).HasFilter("restricted_to_tenant_id IS NOT NULL AND ended_at IS NULL");
        }
    }
}
