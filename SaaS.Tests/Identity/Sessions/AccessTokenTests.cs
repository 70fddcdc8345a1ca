using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SaaS.Core.Identity.Sessions;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Identity.Sessions;

public sealed class AccessTokenTests(SaaSApp app)
{
    [Fact]
    public async Task A_valid_token_signed_by_the_test_is_accepted()
    {
        var user = await TestUser.RegisterAsync(app);
        Assert.Equal(HttpStatusCode.OK, await TryAsync(await ForgeAsync(user, _ => { })));
    }

    public static TheoryData<string, Action<SecurityTokenDescriptor>> Forgeries() =>
        new()
        {
            {
                "another key",
                token => token.SigningCredentials = Sign(RandomNumberGenerator.GetBytes(64), id: token.SigningCredentials.Key.KeyId)
            },
            {
                "a key that is not in the ring",
                token => token.SigningCredentials = Sign(RandomNumberGenerator.GetBytes(64), id: "0123456789abcdef")
            },
            {
                "no key's name",
                token => token.SigningCredentials = Sign(((SymmetricSecurityKey)token.SigningCredentials.Key).Key, id: null)
            },
            { "no signature", token => token.SigningCredentials = null },
            { "another audience", token => token.Audience = "somebody-else" },
            { "another issuer", token => token.Issuer = "somebody-else" },
            { "another type", token => token.TokenType = "JWT" },
            {
                "not yet good",
                token => (token.NotBefore, token.Expires) = (DateTime.MaxValue.AddYears(-10), DateTime.MaxValue.AddYears(-9))
            },
            { "no longer good", token => (token.NotBefore, token.Expires) = (DateTime.UnixEpoch, DateTime.UnixEpoch.AddMinutes(15)) },
            {
                "a session that never was",
                token =>
                    token.Subject = new ClaimsIdentity([new Claim("sub", Guid.Empty.ToString()), new Claim("sid", Guid.Empty.ToString())])
            },
        };

    [Theory]
    [MemberData(nameof(Forgeries), DisableDiscoveryEnumeration = true)]
    public async Task A_forged_token_is_rejected(string what, Action<SecurityTokenDescriptor> forge)
    {
        var user = await TestUser.RegisterAsync(app);
        Assert.Equal((what, HttpStatusCode.Unauthorized), (what, await TryAsync(await ForgeAsync(user, forge))));
    }

    [Fact]
    public async Task A_token_with_another_payload_is_rejected()
    {
        var (mine, theirs) = (await TestUser.RegisterAsync(app), await TestUser.RegisterAsync(app));
        var (my, their) = (mine.AccessToken.Split('.'), theirs.AccessToken.Split('.'));

        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync($"{my[0]}.{their[1]}.{my[2]}"));
    }

    private async Task<string> ForgeAsync(TestUser user, Action<SecurityTokenDescriptor> forge)
    {
        var key = await app.Services.GetRequiredService<SigningKeyRing>().GetCurrentKeyAsync(TestContext.Current.CancellationToken);
        var real = new JsonWebToken(user.AccessToken);
        var descriptor = new SecurityTokenDescriptor
        {
            TokenType = "at+jwt",
            Issuer = "saas-platform",
            Audience = "saas-api",
            Subject = new ClaimsIdentity([new Claim("sub", user.Id.ToString()), new Claim("sid", real.GetClaim("sid").Value)]),
            NotBefore = real.ValidFrom,
            Expires = real.ValidTo,
            SigningCredentials = Sign(key.AccessTokenKey.Key, key.Id),
        };
        forge(descriptor);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor);
    }

    private async Task<HttpStatusCode> TryAsync(string token)
    {
        using var client = app.NewClient(token);
        using var answer = await client.GetAsync("/api/users/me");
        return answer.StatusCode;
    }

    private static SigningCredentials Sign(byte[] key, string? id) =>
        new(new SymmetricSecurityKey(key) { KeyId = id }, SecurityAlgorithms.HmacSha256);
}
