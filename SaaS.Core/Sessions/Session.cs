using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Accounts;

namespace SaaS.Core.Sessions;

/// <summary>
/// One sign-in on one device, for as long as it is kept alive. Its refresh tokens are numbered; only the newest number is
/// good, and the row holds nothing that a thief of the database could refresh with.
/// </summary>
internal sealed class Session
{
    public required Guid Id { get; init; }

    public required Guid UserId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The session ends here, however often it is refreshed.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The newest refresh token is good until here.</summary>
    public required DateTimeOffset RefreshableUntil { get; set; }

    /// <summary>The number of the newest refresh token.</summary>
    public int Generation { get; set; }

    public required DateTimeOffset RefreshedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<Session>
    {
        public void Configure(EntityTypeBuilder<Session> builder)
        {
            builder.ToTable("sessions");
            builder.Property(session => session.Id).ValueGeneratedNever();
            builder.HasOne<User>().WithMany().HasForeignKey(session => session.UserId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(session => session.ExpiresAt);
        }
    }
}
