using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Messaging;

/// <summary>An event that a consumer could not process within its attempts. It is stored completely, so that it can be replayed.</summary>
internal sealed class DeadLetter
{
    public required Guid EventId { get; init; }

    public required string Consumer { get; init; }

    public required Guid? TenantId { get; init; }

    public required string Type { get; init; }

    /// <summary>The complete record as received.</summary>
    public required string Envelope { get; init; }

    /// <summary>The type and message of the last exception.</summary>
    public required string Error { get; init; }

    public required int Attempts { get; init; }

    public required DateTimeOffset FailedAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<DeadLetter>
    {
        public const string Key = "pk_dead_letters";

        public void Configure(EntityTypeBuilder<DeadLetter> builder)
        {
            builder.ToTable("dead_letters");
            builder.HasKey(dead => new { dead.EventId, dead.Consumer }).HasName(Key);
            builder.Property(dead => dead.Consumer).HasMaxLength(100);
            builder.Property(dead => dead.Type).HasMaxLength(100);
            builder.HasIndex(dead => new
            {
                dead.FailedAt,
                dead.EventId,
                dead.Consumer,
            });
            builder.HasIndex(dead => new
            {
                dead.Type,
                dead.FailedAt,
                dead.EventId,
                dead.Consumer,
            });
            builder.HasIndex(dead => new
            {
                dead.Consumer,
                dead.FailedAt,
                dead.EventId,
            });
            builder.HasIndex(dead => new
            {
                dead.TenantId,
                dead.FailedAt,
                dead.EventId,
                dead.Consumer,
            });
        }
    }
}
