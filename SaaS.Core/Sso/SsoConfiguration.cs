using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Access;
using SaaS.Core.Tenants;
using SaaS.Platform.Entra;

namespace SaaS.Core.Sso;

/// <summary>The identity provider of a tenant: its directory in Microsoft Entra ID, the application registered there for us, and who is let in by it.</summary>
internal sealed class SsoConfiguration
{
    /// <summary>The only kind of provider.</summary>
    public const string ProviderType = "azure_ad";

    /// <summary>What the client secret is sealed for.</summary>
    public const string SecretPurpose = "sso-client-secret";

    public required Guid TenantId { get; init; }

    public required Guid Id { get; init; }

    /// <summary>The directory's GUID, or one of its domains.</summary>
    public required string ProviderTenantId { get; set; }

    public required string ClientId { get; set; }

    public required string SealedClientSecret { get; set; }

    /// <summary>By which somebody who has the secret recognises it.</summary>
    public required string ClientSecretHash { get; set; }

    /// <summary>When the provider stops taking the secret, as far as somebody has told us.</summary>
    public DateTimeOffset? ClientSecretExpiresAt { get; set; }

    /// <summary>How many days before that the admins were warned last.</summary>
    public int? WarnedDaysBefore { get; set; }

    public bool IsEnabled { get; set; }

    /// <summary>Whether whoever the provider vouches for becomes a member by signing in.</summary>
    public bool Provisions { get; set; }

    /// <summary>What a person is whose groups say nothing else. Never admin.</summary>
    public TenantRole DefaultRole { get; set; } = TenantRole.Viewer;

    /// <summary>Whether what the directory says of a person is copied at each sign-in.</summary>
    public bool SyncsAttributes { get; set; } = true;

    /// <summary>Domains of addresses that are let in, in lower case without <c>@</c>; all, when there are none.</summary>
    public List<string> AllowedEmailDomains { get; set; } = [];

    /// <summary>Ids of groups of which a person must be in one; when there are none, nobody has to be.</summary>
    public List<string> AllowedGroups { get; set; } = [];

    /// <summary>Id of a group → the role of who is in it. When there are any, they decide the role at each sign-in.</summary>
    public Dictionary<string, TenantRole> GroupRoles { get; set; } = [];

    /// <summary>When an admin of the tenant first came in through exactly this provider; null while nobody has.</summary>
    public DateTimeOffset? ProvedAt { get; set; }

    public required Guid CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }

    public EntraApplication Application => new(ProviderTenantId, ClientId);

    /// <summary>Whether it matters in which groups a person is.</summary>
    public bool AsksForGroups => AllowedGroups.Count > 0 || GroupRoles.Count > 0;

    internal sealed class Mapping : IEntityTypeConfiguration<SsoConfiguration>
    {
        public const string Key = "pk_sso_configurations";

        public void Configure(EntityTypeBuilder<SsoConfiguration> builder)
        {
            builder.ToTable("sso_configurations");
            builder.HasKey(configuration => configuration.TenantId).HasName(Key);
            builder.Property(configuration => configuration.TenantId).ValueGeneratedNever();
            builder.Property(configuration => configuration.ProviderTenantId).HasMaxLength(255);
            builder.Property(configuration => configuration.ClientId).HasMaxLength(255);
            builder.Property(configuration => configuration.ClientSecretHash).HasMaxLength(16);
            builder.Property(configuration => configuration.DefaultRole).HasConversion<string>().HasMaxLength(20);
            builder.Property(configuration => configuration.GroupRoles).HasColumnType("jsonb").HasConversion(
                roles => JsonSerializer.Serialize(roles, JsonSerializerOptions.Default),
                text => JsonSerializer.Deserialize<Dictionary<string, TenantRole>>(text, JsonSerializerOptions.Default)!,
                new ValueComparer<Dictionary<string, TenantRole>>((one, other) => one!.Count == other!.Count && !one.Except(other).Any(), roles => roles.Count, roles => new Dictionary<string, TenantRole>(roles)));
            builder.Ignore(configuration => configuration.Application);
            builder.Ignore(configuration => configuration.AsksForGroups);
            builder.HasOne<Tenant>().WithOne().HasForeignKey<SsoConfiguration>(configuration => configuration.TenantId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(configuration => configuration.TenantId).HasFilter("is_enabled").HasDatabaseName("ix_sso_configurations_enabled");
            builder.HasIndex(configuration => configuration.ClientSecretExpiresAt).HasFilter("client_secret_expires_at IS NOT NULL");
            builder.ToTable(table => table.HasCheckConstraint("ck_sso_configurations_default_role", "default_role IN ('Viewer', 'User')"));
        }
    }
}
