using System.Security.Cryptography;
using SaaS.Infrastructure.Settings;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests which secrets are considered easy to guess, and which are not.</summary>
public sealed class SecretStrengthTests
{
    [Theory]
    [InlineData("postgres")]
    [InlineData("Postgres123!")]
    [InlineData("password")]
    [InlineData("P@ssw0rd!1")]
    [InlineData("changeme")]
    [InlineData("change-me")]
    [InlineData("12345678")]
    [InlineData("123456789012345")]
    [InlineData("admin")]
    [InlineData("adminadmin")]
    [InlineData("minioadmin")]
    [InlineData("minio123")]
    [InlineData("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")]
    [InlineData("saas_app")]
    [InlineData("SAAS_APP_2026")]
    [InlineData("x7Kq9")]
    [InlineData("ababababababababab")]
    public void A_guessable_password_is_weak_and_is_not_revealed(string password)
    {
        var weakness = SecretStrength.CheckPassword(password, "saas_app", least: 12);

        Assert.NotNull(weakness);
        Assert.DoesNotContain(password, weakness, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("f3Kq9ZpL2mXw", "saas_app")]
    [InlineData("correct horse battery", "saas_app")]
    [InlineData("86420975318642097531", "")]
    [InlineData("xK9-postgres-vQ2", null)]
    public void Any_other_password_is_not_weak(string password, string? user) =>
        Assert.Null(SecretStrength.CheckPassword(password, user, least: 12));

    [Fact]
    public void A_random_secret_is_never_weak()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Null(SecretStrength.CheckPassword(RandomNumberGenerator.GetHexString(32, lowercase: true), "saas_app", least: 12));
            Assert.Null(SecretStrength.CheckKey(RandomNumberGenerator.GetHexString(64)));
            Assert.Null(SecretStrength.CheckKey(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))));
            Assert.Null(SecretStrength.CheckKeyBytes(RandomNumberGenerator.GetBytes(32)));
        }
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789")]
    [InlineData("your-secret-key-that-is-at-least-sixty-four-characters-long-0123456789")]
    [InlineData("CHANGE_ME_9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a")]
    public void A_key_without_randomness_is_weak(string key) => Assert.NotNull(SecretStrength.CheckKey(key));

    [Fact]
    public void Key_bytes_without_randomness_are_weak()
    {
        Assert.NotNull(SecretStrength.CheckKeyBytes(new byte[32]));
        Assert.NotNull(SecretStrength.CheckKeyBytes([.. Enumerable.Range(0, 32).Select(number => (byte)number)]));
        Assert.NotNull(SecretStrength.CheckKeyBytes("only thirty-two bytes are a key!"u8.ToArray()));
    }
}
