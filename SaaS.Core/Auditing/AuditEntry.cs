using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace SaaS.Core.Auditing;

/// <summary>Who did what to which subject, when, and from where. Inserted once, with the change itself; never updated.</summary>
internal sealed class AuditEntry
{
    public const int ActorMaxLength = 100;

    public required Guid Id { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>The tenant that it concerns; null for what concerns an account or the platform alone.</summary>
    public required Guid? TenantId { get; init; }

    /// <summary><c>user:{id}</c>, <c>consumer:{name}</c>, <c>job:{name}</c>, <c>command:{name}</c>, <c>anonymous</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>The name of one <see cref="AuditAction"/>.</summary>
    public required string Action { get; init; }

    /// <summary>One of <see cref="AuditSubject"/>; it follows from the action.</summary>
    public required string SubjectType { get; init; }

    public required Guid SubjectId { get; init; }

    /// <summary>A JSON object: field → value, or field → <c>{"from", "to"}</c> where it was changed.</summary>
    public required JsonElement? Details { get; init; }

    /// <summary>The client's address; null for what no request did.</summary>
    public required string? Address { get; init; }

    public required string? TraceId { get; init; }

    public static AuditEntry Create(DateTimeOffset now, Guid? tenantId, string actor, AuditAction action, Guid subjectId, AuditDetails details, AuditOrigin origin) => new()
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

    /// <param name="isShared">The table holds entries of many tenants.</param>
    internal sealed class Mapping(bool isShared) : IEntityTypeConfiguration<AuditEntry>
    {
        public const string Table = "audit_entries";

        public void Configure(EntityTypeBuilder<AuditEntry> builder)
        {
            builder.ToTable(Table);
            builder.Property(entry => entry.Id).ValueGeneratedNever();
            builder.Property(entry => entry.Actor).HasMaxLength(ActorMaxLength);
            builder.Property(entry => entry.Action).HasMaxLength(100);
            builder.Property(entry => entry.SubjectType).HasMaxLength(40).HasDefaultValue(""); // a build from before this column writes none
            builder.Property(entry => entry.Address).HasMaxLength(45);
            builder.Property(entry => entry.TraceId).HasMaxLength(32);

            // Each filter has an index in the order of the list, so that a page costs the same wherever it is.
            builder.HasIndex(entry => new { entry.OccurredAt, entry.Id }).IsDescending();
            builder.HasIndex(entry => new { entry.SubjectId, entry.OccurredAt, entry.Id }).IsDescending(false, true, true);
            builder.HasIndex(entry => new { entry.Actor, entry.OccurredAt, entry.Id }).IsDescending(false, true, true);
            builder.HasIndex(entry => new { entry.Action, entry.OccurredAt, entry.Id }).IsDescending(false, true, true);
            if (isShared)
            {
                builder.HasIndex(entry => new { entry.TenantId, entry.OccurredAt, entry.Id }).IsDescending(false, true, true);
            }
        }
    }
}
