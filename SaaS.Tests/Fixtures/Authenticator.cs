using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OtpNet;
using SaaS.Core.Identity.Factors;

namespace SaaS.Tests.Fixtures;

/// <summary>An authenticator app that is the second factor of an account.</summary>
internal sealed record Authenticator(SaaSApp App, Guid FactorId, string Secret, string[] RecoveryCodes)
{
    /// <summary>Registers and confirms an authenticator app.</summary>
    public static async Task<Authenticator> AddAsync(SaaSApp app, HttpClient user)
    {
        var begun = await BeginAsync(user);
        var secret = begun.GetProperty("secret").GetString()!;
        using var confirmed = await user.PostAsJsonAsync("/api/users/me/factors/totp/confirm", new { code = Compute(secret) });
        var activated = await confirmed.ReadDataAsync();
        return new Authenticator(
            app,
            begun.GetProperty("factor_id").GetGuid(),
            secret,
            [.. activated.GetProperty("recovery_codes").EnumerateArray().Select(code => code.GetString()!)]
        );
    }

    public static async Task<JsonElement> BeginAsync(HttpClient user)
    {
        using var begun = await user.PostAsync("/api/users/me/factors/totp", content: null);
        return await begun.ReadDataAsync();
    }

    /// <summary>
    /// Returns a one-time password that was not used yet. The API forgets the last time step, so that a test need not wait for the next.
    /// </summary>
    public async Task<string> NextCodeAsync()
    {
        await App.InControlAsync(db =>
            db.Factors.Where(factor => factor.Id == FactorId).ExecuteUpdateAsync(set => set.SetProperty(factor => factor.LastStep, 0))
        );
        return Compute(Secret);
    }

    /// <summary>Returns a code that is surely wrong.</summary>
    public string WrongCode()
    {
        var totp = new Totp(Base32Encoding.ToBytes(Secret));
        var now = TimeProvider.System.GetUtcNow();
        var right = Enumerable.Range(-5, 11).Select(step => totp.ComputeTotp(now.AddSeconds(30 * step).UtcDateTime)).ToHashSet();
        return Enumerable.Range(0, 100).Select(number => number.ToString("D6")).First(code => !right.Contains(code));
    }

    /// <summary>Verifies the password of an account that has a second factor.</summary>
    /// <returns>The <c>mfa_token</c>.</returns>
    public static async Task<string> GivePasswordAsync(HttpClient client, string email, string password = TestUser.Password)
    {
        using var answer = await client.PostAsJsonAsync("/api/auth/login", new { email, password });
        return (await answer.ReadDataAsync(HttpStatusCode.Accepted)).GetProperty("mfa_token").GetString()!;
    }

    /// <summary>Signs in with password and one-time password.</summary>
    public async Task<JsonElement> SignInAsync(HttpClient client, string email)
    {
        var token = await GivePasswordAsync(client, email);
        using var answer = await client.PostAsJsonAsync("/api/auth/mfa/totp", new { mfa_token = token, code = await NextCodeAsync() });
        return await answer.ReadAsync(HttpStatusCode.OK);
    }

    private static string Compute(string secret) => new Totp(Base32Encoding.ToBytes(secret)).ComputeTotp();
}
