using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;

namespace SaaS.Core.Auditing;

/// <summary>An audit entry. It is inserted in the transaction of the change and never updated.</summary>
internal sealed class AuditEntry
{
    public const int ActorMaxLength = 100;

    public required Guid Id { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>The tenant of the entry; null for entries of accounts and of the platform.</summary>
    public required Guid? TenantId { get; init; }

    /// <summary><c>user:{id}</c>, <c>consumer:{name}</c>, <c>job:{name}</c>, <c>command:{name}</c>, <c>anonymous</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>The name of an <see cref="AuditAction"/>.</summary>
    public required string Action { get; init; }

    /// <summary>A value of <see cref="AuditSubject"/>, determined by the action.</summary>
    public required string SubjectType { get; init; }

    public required Guid SubjectId { get; init; }

    /// <summary>A JSON object: field → value, or field → <c>{"from", "to"}</c> for a changed field.</summary>
    public required JsonElement? Details { get; init; }

    /// <summary>The client's IP address; null if the action was not caused by a request.</summary>
    public required string? Address { get; init; }

    public required string? TraceId { get; init; }

    public static AuditEntry Create(
        DateTimeOffset now,
        Guid? tenantId,
        string actor,
        AuditAction action,
        Guid subjectId,
        AuditDetails details,
        AuditOrigin origin
    ) =>
        new()
        {
            Id = Guid.CreateVersion7(now),
            OccurredAt = now,
            TenantId = tenantId,
            Actor = actor,
            Action = action.Name,
            SubjectType = action.SubjectType,
            SubjectId = subjectId,
            Details = details.ToJson(),
            Address = origin.Address,
            TraceId = origin.TraceId,
        };

    internal sealed class Mapping : IControlEntityConfiguration<AuditEntry>, ITenantEntityConfiguration<AuditEntry>
    {
        public const string Table = "audit_entries";

        public void Configure(EntityTypeBuilder<AuditEntry> builder)
        {
            builder.ToTable(Table);
            builder.Property(entry => entry.Id).ValueGeneratedNever();
            builder.Property(entry => entry.Actor).HasMaxLength(ActorMaxLength);
            builder.Property(entry => entry.Action).HasMaxLength(100);
            // Older versions during a rolling update do not write this column.
            builder.Property(entry => entry.SubjectType).HasMaxLength(40).HasDefaultValue("");
            builder.Property(entry => entry.Address).HasMaxLength(45);
            builder.Property(entry => entry.TraceId).HasMaxLength(32);

            // Each filter has an index in list order, so that the cost of a page does not depend on its position.
            builder.HasIndex(entry => new { entry.OccurredAt, entry.Id }).IsDescending();
            builder
                .HasIndex(entry => new
                {
                    entry.SubjectId,
                    entry.OccurredAt,
                    entry.Id,
                })
                .IsDescending(false, true, true);
            builder
                .HasIndex(entry => new
                {
                    entry.Actor,
                    entry.OccurredAt,
                    entry.Id,
                })
                .IsDescending(false, true, true);
            builder
                .HasIndex(entry => new
                {
                    entry.Action,
                    entry.OccurredAt,
                    entry.Id,
                })
                .IsDescending(false, true, true);
        }
    }

    /// <summary>The index by tenant of the control database, whose table holds entries of many tenants.</summary>
    internal sealed class ControlMapping : IControlEntityConfiguration<AuditEntry>
    {
        public void Configure(EntityTypeBuilder<AuditEntry> builder) =>
            builder
                .HasIndex(entry => new
                {
                    entry.TenantId,
                    entry.OccurredAt,
                    entry.Id,
                })
                .IsDescending(false, true, true);
    }
}
