using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Accounts;

/// <summary>A person with an account.</summary>
internal sealed class User
{
    public const int NameMaxLength = 100;

    public required Guid Id { get; init; }

    public required string FirstName { get; set; }

    public required string LastName { get; set; }

    public required EmailAddress Email { get; set; }

    /// <summary>When the person last proved to read the mail of <see cref="Email"/>.</summary>
    public DateTimeOffset? EmailVerifiedAt { get; set; }

    /// <summary>Null for an account that signs in through an identity provider only.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>Names the state of the account's credentials: what was issued for another state is not valid any more.</summary>
    public required Guid SecurityStamp { get; set; }

    /// <summary>Somebody else knows the password: it opens nothing but its own change.</summary>
    public bool MustChangePassword { get; set; }

    public bool IsActive { get; set; } = true;

    /// <summary>Operates the platform; it opens no tenant by itself.</summary>
    public bool IsPlatformAdmin { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<User>
    {
        public const string EmailIndex = "ix_users_email";

        public void Configure(EntityTypeBuilder<User> builder)
        {
            builder.ToTable("users");
            builder.Property(user => user.Id).ValueGeneratedNever();
            builder.Property(user => user.FirstName).HasMaxLength(NameMaxLength);
            builder.Property(user => user.LastName).HasMaxLength(NameMaxLength);
            builder.Property(user => user.PasswordHash).HasMaxLength(255);
            builder.Property(user => user.SecurityStamp).HasDefaultValueSql("gen_random_uuid()");
            builder.Property(user => user.MustChangePassword).HasDefaultValue(false);
            builder.Property(user => user.IsPlatformAdmin).HasDefaultValue(false);
            builder.HasIndex(user => user.Email).IsUnique().HasDatabaseName(EmailIndex);
            builder.HasIndex(user => user.Email, "ix_users_email_search").HasDatabaseName("ix_users_email_search").HasMethod("gin").HasOperators("gin_trgm_ops").UseCollation(Sql.LetterOrder); // the search's, or it is not used; names have an index of their own, over an expression: UserNameSearch
            builder.HasIndex(user => new { user.CreatedAt, user.Id });
            builder.HasIndex(user => new { user.CreatedAt, user.Id }, "ix_users_inactive").HasDatabaseName("ix_users_inactive").HasFilter("NOT is_active");
        }
    }
}
