using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Messaging;

/// <summary>An event that waits for the relay.</summary>
internal sealed class OutboxMessage
{
    public required Guid Id { get; init; }

    public required string Type { get; init; }

    /// <summary>The ordering key: events of one database with the same key keep their order.</summary>
    public required string Key { get; init; }

    /// <summary>The complete CloudEvent.</summary>
    public required string Envelope { get; init; }

    public string? TraceParent { get; init; }

    /// <summary>
    /// The position in commit order, assigned by the database at commit time (see <see cref="OutboxOrder"/>). No smaller position
    /// can become visible after a larger one was read.
    /// </summary>
    public long? Position { get; private init; }

    internal sealed class Mapping : IControlEntityConfiguration<OutboxMessage>, ITenantEntityConfiguration<OutboxMessage>
    {
        public void Configure(EntityTypeBuilder<OutboxMessage> builder)
        {
            builder.ToTable("outbox");
            builder.Property(message => message.Type).HasMaxLength(100);
            builder.Property(message => message.Key).HasMaxLength(100);
            builder.Property(message => message.Envelope).HasColumnType("jsonb");
            builder.Property(message => message.TraceParent).HasMaxLength(100);
            builder.HasIndex(message => message.Position);
        }
    }
}
