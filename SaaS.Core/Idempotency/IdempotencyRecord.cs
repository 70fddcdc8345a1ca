using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Idempotency;

/// <summary>
/// The response to a request with an <c>Idempotency-Key</c>, stored in the transaction of its changes. It is not encrypted, because
/// routes whose response contains a secret take no key.
/// </summary>
internal sealed class IdempotencyRecord
{
    /// <summary>The id of the account or service account.</summary>
    public required Guid UserId { get; init; }

    /// <summary>The method and the path.</summary>
    public required string Operation { get; init; }

    public required string Key { get; init; }

    /// <summary>The SHA-256 hash of the operation and the request body, in hexadecimal digits.</summary>
    public required string Fingerprint { get; init; }

    public required int Status { get; init; }

    public string? Location { get; init; }

    /// <summary>The JSON body as it was sent; stored as text, because jsonb would reorder it.</summary>
    public required string Body { get; init; }

    public required DateTimeOffset StoredAt { get; init; }

    internal sealed class Mapping : IControlEntityConfiguration<IdempotencyRecord>, ITenantEntityConfiguration<IdempotencyRecord>
    {
        public const int KeyMaxLength = 255;
        public const string PrimaryKey = "pk_idempotency_records";

        public void Configure(EntityTypeBuilder<IdempotencyRecord> builder)
        {
            builder.ToTable("idempotency_records");
            builder.HasKey(row => new
            {
                row.UserId,
                row.Operation,
                row.Key,
            });
            builder.Property(row => row.Operation).HasMaxLength(300);
            builder.Property(row => row.Key).HasMaxLength(KeyMaxLength);
            builder.Property(row => row.Fingerprint).HasMaxLength(64);
            builder.Property(row => row.Location).HasMaxLength(300);
            builder.HasIndex(row => row.StoredAt);
        }
    }
}
