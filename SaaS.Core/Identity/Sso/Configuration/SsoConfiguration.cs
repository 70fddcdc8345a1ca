using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Access;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Infrastructure.Entra;

namespace SaaS.Core.Identity.Sso.Configuration;

/// <summary>
/// The identity provider of a tenant: its directory in Microsoft Entra ID, the application registered there for us, and the rules for
/// admission.
/// </summary>
internal sealed class SsoConfiguration
{
    /// <summary>The only supported provider type.</summary>
    public const string ProviderType = "azure_ad";

    /// <summary>The encryption purpose of the client secret.</summary>
    public const string SecretPurpose = "sso-client-secret";

    public required Guid TenantId { get; init; }

    public required Guid Id { get; init; }

    /// <summary>The directory's GUID, or one of its domains.</summary>
    public required string ProviderTenantId { get; set; }

    public required string ClientId { get; set; }

    public required string EncryptedClientSecret { get; set; }

    /// <summary>A hash by which an admin who has the secret can recognize it.</summary>
    public required string ClientSecretHash { get; set; }

    /// <summary>The time when the client secret expires; null when unknown.</summary>
    public DateTimeOffset? ClientSecretExpiresAt { get; set; }

    /// <summary>The last expiry warning, in days before the expiry; null before the first warning.</summary>
    public int? WarnedDaysBefore { get; set; }

    public bool IsEnabled { get; set; }

    /// <summary>True when users whom the provider authenticates become members by signing in.</summary>
    public bool Provisions { get; set; }

    /// <summary>The role of users whose groups map to no role. Never admin.</summary>
    public TenantRole DefaultRole { get; set; } = TenantRole.Viewer;

    /// <summary>True when the directory's attributes of a user are copied at each sign-in.</summary>
    public bool SyncsAttributes { get; set; } = true;

    /// <summary>Admitted e-mail domains, in lower case without <c>@</c>; all domains when empty.</summary>
    public List<string> AllowedEmailDomains { get; set; } = [];

    /// <summary>Ids of groups; a user must be in one of them unless the list is empty.</summary>
    public List<string> AllowedGroups { get; set; } = [];

    /// <summary>Group id → role of its members. When not empty, the groups decide a user's role at each sign-in.</summary>
    public Dictionary<string, TenantRole> GroupRoles { get; set; } = [];

    /// <summary>The time when an admin of the tenant first signed in through exactly this provider; null before.</summary>
    public DateTimeOffset? ProvedAt { get; set; }

    public required Guid CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }

    public EntraApplication Application => new(ProviderTenantId, ClientId);

    /// <summary>True when the groups of a user affect admission or role.</summary>
    public bool UsesGroups => AllowedGroups.Count > 0 || GroupRoles.Count > 0;

    internal sealed class Mapping : IControlEntityConfiguration<SsoConfiguration>
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
            builder
                .Property(configuration => configuration.GroupRoles)
                .HasColumnType("jsonb")
                .HasConversion(
                    roles => JsonSerializer.Serialize(roles, JsonSerializerOptions.Default),
                    text => JsonSerializer.Deserialize<Dictionary<string, TenantRole>>(text, JsonSerializerOptions.Default)!,
                    new ValueComparer<Dictionary<string, TenantRole>>(
                        (one, other) => one!.Count == other!.Count && !one.Except(other).Any(),
                        roles => roles.Count,
                        roles => new Dictionary<string, TenantRole>(roles)
                    )
                );
            builder.Ignore(configuration => configuration.Application);
            builder.Ignore(configuration => configuration.UsesGroups);
            builder
                .HasOne<Tenant>()
                .WithOne()
                .HasForeignKey<SsoConfiguration>(configuration => configuration.TenantId)
                .OnDelete(DeleteBehavior.Cascade);
            builder
                .HasIndex(configuration => configuration.TenantId)
                .HasFilter("is_enabled")
                .HasDatabaseName("ix_sso_configurations_enabled");
            builder.HasIndex(configuration => configuration.ClientSecretExpiresAt).HasFilter("client_secret_expires_at IS NOT NULL");
            builder.ToTable(table => table.HasCheckConstraint("ck_sso_configurations_default_role", "default_role IN ('Viewer', 'User')"));
        }
    }
}
