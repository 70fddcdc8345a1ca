using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Identity.Accounts;

/// <summary>A user account.</summary>
internal sealed class User
{
    public const int NameMaxLength = 100;

    public required Guid Id { get; init; }

    public required string FirstName { get; set; }

    public required string LastName { get; set; }

    public required EmailAddress Email { get; set; }

    /// <summary>The last time that the user proved to receive the mail of <see cref="Email"/>; null while unverified.</summary>
    public DateTimeOffset? EmailVerifiedAt { get; set; }

    /// <summary>Null for an account that signs in only through an identity provider.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>Identifies the state of the account's credentials: anything issued for another stamp is invalid.</summary>
    public required Guid SecurityStamp { get; set; }

    /// <summary>True when somebody else knows the password: the account can then only change it.</summary>
    public bool MustChangePassword { get; set; }

    public bool IsActive { get; set; } = true;

    /// <summary>True for operators of the platform; gives no access to tenants by itself.</summary>
    public bool IsPlatformAdmin { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }

    internal sealed class Mapping : IControlEntityConfiguration<User>
    {
        public const string EmailIndex = "ix_users_email";

        public void Configure(EntityTypeBuilder<User> builder)
        {
            builder.ToTable("users");
            builder.Property(user => user.Email).HasEmailAddress();
            builder.Property(user => user.Id).ValueGeneratedNever();
            builder.Property(user => user.FirstName).HasMaxLength(NameMaxLength);
            builder.Property(user => user.LastName).HasMaxLength(NameMaxLength);
            builder.Property(user => user.PasswordHash).HasMaxLength(255);
            builder.Property(user => user.SecurityStamp).HasDefaultValueSql("gen_random_uuid()");
            builder.Property(user => user.MustChangePassword).HasDefaultValue(false);
            builder.Property(user => user.IsPlatformAdmin).HasDefaultValue(false);
            builder.HasIndex(user => user.Email).IsUnique().HasDatabaseName(EmailIndex);
            // The collation must be that of the search, or PostgreSQL does not use the index. Names have an expression index: UserNameSearch.
            builder
                .HasIndex(user => user.Email, "ix_users_email_search")
                .HasDatabaseName("ix_users_email_search")
                .HasMethod("gin")
                .HasOperators("gin_trgm_ops")
                .UseCollation(Sql.LetterOrder);
            builder.HasIndex(user => new { user.CreatedAt, user.Id });
            builder
                .HasIndex(user => new { user.CreatedAt, user.Id }, "ix_users_inactive")
                .HasDatabaseName("ix_users_inactive")
                .HasFilter("NOT is_active");
            builder
                .HasIndex(user => new { user.CreatedAt, user.Id }, "ix_users_operators")
                .HasDatabaseName("ix_users_operators")
                .HasFilter("is_platform_admin");
        }
    }
}

/// <summary>The index for operators' searches by part of a user's name, with the collation of the search: PostgreSQL uses it for no other. A migration uses it, so it must not change.</summary>
internal static class UserNameSearch
{
    public const string Create =
        "CREATE INDEX ix_users_name_search ON users USING gin ((first_name || ' ' || last_name COLLATE \"und-x-icu\") gin_trgm_ops)";
}
