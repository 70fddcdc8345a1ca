using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Idempotency;

/// <summary>
/// What a request with an <c>Idempotency-Key</c> was answered, written with what it did. It is not sealed: routes whose answer
/// holds a secret take no key, and everything else in it lies in rows of the same database.
/// </summary>
internal sealed class IdempotencyRecord
{
    public required Guid UserId { get; init; }

    /// <summary>The method and the path.</summary>
    public required string Operation { get; init; }

    public required string Key { get; init; }

    /// <summary>SHA-256 of what was asked for, in hexadecimal digits.</summary>
    public required string Fingerprint { get; init; }

    public required int Status { get; init; }

    public string? Location { get; init; }

    /// <summary>JSON, as it was sent: text, because jsonb would order it anew.</summary>
    public required string Body { get; init; }

    public required DateTimeOffset StoredAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<IdempotencyRecord>
    {
        public const int KeyMaxLength = 255;
        public const string PrimaryKey = "pk_idempotency_records";

        public void Configure(EntityTypeBuilder<IdempotencyRecord> builder)
        {
            builder.ToTable("idempotency_records");
            builder.HasKey(answer => new { answer.UserId, answer.Operation, answer.Key });
            builder.Property(answer => answer.Operation).HasMaxLength(300);
            builder.Property(answer => answer.Key).HasMaxLength(KeyMaxLength);
            builder.Property(answer => answer.Fingerprint).HasMaxLength(64);
            builder.Property(answer => answer.Location).HasMaxLength(300);
            builder.HasIndex(answer => answer.StoredAt);
        }
    }
}
