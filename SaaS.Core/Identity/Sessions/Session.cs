using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// A sign-in on one device. Its refresh tokens are numbered and only the newest number is valid, so the row contains nothing
/// that a thief of the database could refresh with.
/// </summary>
internal sealed class Session
{
    /// <summary>The accuracy of <see cref="LastUsedAt"/>, which avoids writing the row at every request.</summary>
    public static readonly TimeSpan UsePrecision = TimeSpan.FromMinutes(1);

    public required Guid Id { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>A device name that the owner recognizes, e.g. <c>Firefox on Linux</c>.</summary>
    public required string Device { get; init; }

    /// <summary>The network address of the sign-in; null when the transport has none.</summary>
    public string? Address { get; init; }

    public required SignInMethod Method { get; init; }

    /// <summary>The methods by which the user was authenticated, as in the claim <c>amr</c> (RFC 8176).</summary>
    public string[] Amr { get; init; } = [];

    /// <summary>The time at which the user was last authenticated in this session: at the sign-in, or later.</summary>
    public required DateTimeOffset AuthenticatedAt { get; init; }

    /// <summary>The only tenant that a tenant-bound session can access; null for all tenants of the account.</summary>
    public Guid? RestrictedToTenantId { get; init; }

    /// <summary>The account's <see cref="User.SecurityStamp"/> at the sign-in; the session is invalid for any other.</summary>
    public required Guid SecurityStamp { get; init; }

    /// <summary>The session that this one was opened from and ends with; null for a session opened by a sign-in.</summary>
    public Guid? ParentId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The end of the session, regardless of refreshes.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The expiry of the newest refresh token.</summary>
    public required DateTimeOffset RefreshableUntil { get; set; }

    /// <summary>The number of the newest refresh token.</summary>
    public int Generation { get; set; }

    public required DateTimeOffset RefreshedAt { get; set; }

    public required DateTimeOffset LastUsedAt { get; set; }

    /// <summary>Written only by <see cref="SessionStore"/>, which also ends the sessions opened from this one.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>
    /// Returns the valid sessions: neither ended nor expired, with the account's current stamp, and without an ended parent.
    /// </summary>
    public static IQueryable<Session> QueryValid(ControlDbContext db, DateTimeOffset now) =>
        db
            .Sessions.Where(session => session.EndedAt == null && session.ExpiresAt > now)
            .Where(session =>
                db.Set<User>().Any(user => user.Id == session.UserId && user.IsActive && user.SecurityStamp == session.SecurityStamp)
            )
            .Where(session =>
                session.ParentId == null || db.Set<Session>().Any(parent => parent.Id == session.ParentId && parent.EndedAt == null)
            );

    /// <summary>Matches sessions that have neither ended nor passed one of their two expiry times.</summary>
    public static Expression<Func<Session, bool>> IsActiveAt(DateTimeOffset now) =>
        session => session.EndedAt == null && session.ExpiresAt > now && session.RefreshableUntil > now;

    internal sealed class Mapping : IControlEntityConfiguration<Session>
    {
        public void Configure(EntityTypeBuilder<Session> builder)
        {
            builder.ToTable("sessions");
            builder.Property(session => session.Id).ValueGeneratedNever();
            builder.Property(session => session.Device).HasMaxLength(ClientDevice.NameMaxLength).HasDefaultValue("");
            builder.Property(session => session.Address).HasMaxLength(45);
            builder.HasOne<User>().WithMany().HasForeignKey(session => session.UserId).OnDelete(DeleteBehavior.Cascade);
            builder
                .Property(session => session.Method)
                .HasConversion<string>()
                .HasMaxLength(20)
                .HasDefaultValue(SignInMethod.Password)
                .HasSentinel(SignInMethod.Password);
            builder.Property(session => session.Amr).HasDefaultValueSql("'{}'");
            builder.Property(session => session.AuthenticatedAt).HasDefaultValueSql("now()");
            builder.HasIndex(session => session.ExpiresAt);
            builder
                .HasIndex(session => new
                {
                    session.UserId,
                    session.LastUsedAt,
                    session.Id,
                })
                .HasFilter("ended_at IS NULL");
            builder.HasIndex(session => session.UserId);
            builder.HasIndex(session => session.ParentId).HasFilter("parent_id IS NOT NULL AND ended_at IS NULL");
            builder
                .HasIndex(session => new { session.RestrictedToTenantId, session.UserId })
                .HasFilter("restricted_to_tenant_id IS NOT NULL AND ended_at IS NULL");
        }
    }
}
