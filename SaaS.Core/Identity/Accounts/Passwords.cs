using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Diagnostics;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Identity.Accounts;

/// <summary>How expensive a password is to check, for us and for whoever steals the hashes.</summary>
public sealed class PasswordOptions
{
    /// <summary>The exponent of bcrypt's cost: one more doubles the time.</summary>
    [Range(4, 16)]
    public int WorkFactor { get; init; } = 12;
}

/// <summary>
/// bcrypt over SHA-384, because bcrypt alone reads no more than 72 bytes, of the password in normal form C, because keyboards differ in the form
/// that they send. Hashing has threads of its own, so that a storm of sign-ins queues there and leaves processor time to all other requests.
/// </summary>
internal sealed class Passwords(IOptions<PasswordOptions> options) : IDisposable
{
    /// <summary>The span of one comparison; every sign-in has one, whether there is such an account or not.</summary>
    internal const string CompareSpan = "compare password";

    // Names what follows, so that another scheme can take over password by password.
    private const string Scheme = "bcrypt-sha384-nfc:";

    // Of passwords as they were typed, in whatever normal form.
    private const string RawScheme = "bcrypt-sha384:";

    private readonly HashingThreads _threads = new();
    private readonly Task<string> _decoy = Task.Run(() => Hash("nobody has this password", options.Value.WorkFactor));

    public Task<string> HashAsync(string password, CancellationToken ct) =>
        RunAsync("hash password", () => Hash(password, options.Value.WorkFactor), ct);

    /// <param name="hash">Null where there is no such account, or one without a password: the check then takes the same time and fails.</param>
    public async Task<bool> VerifyAsync(string password, string? hash, CancellationToken ct)
    {
        var compared = hash ?? await _decoy;
        var bcrypt = compared[(compared.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var normal = Normalize(password);
        var isRight = await CompareAsync(normal);
        if (!isRight && !normal.Equals(password, StringComparison.Ordinal))
        {
            // For every account, so that the time does not tell which has a hash of which scheme.
            isRight = await CompareAsync(password) && compared.StartsWith(RawScheme, StringComparison.Ordinal);
        }

        return isRight && hash is not null;

        Task<bool> CompareAsync(string text) => RunAsync(CompareSpan, () => Bcrypt.Fastest.Verify(text, bcrypt), ct);
    }

    /// <summary>The form of a password that is hashed; text that has no normal form stays as it is.</summary>
    public static string Normalize(string password) => UnicodeText.Normalize(password) ?? password;

    /// <summary>Whether the hash was made otherwise than new ones are: whoever has just proved the password gets a new one.</summary>
    public bool IsOutdated(string hash) =>
        !hash.StartsWith(Scheme, StringComparison.Ordinal) || BCrypt.Net.BCrypt.PasswordNeedsRehash(hash[Scheme.Length..], options.Value.WorkFactor);

    public void Dispose() => _threads.Dispose();

    // The span has the time for which it waited for a thread as well.
    private async Task<T> RunAsync<T>(string span, Func<T> work, CancellationToken ct)
    {
        using var activity = SaaSDiagnostics.Calls.StartActivity(span);
        return await _threads.RunAsync(work, ct);
    }

    private static string Hash(string password, int workFactor) => Scheme + Bcrypt.Fastest.Hash(Normalize(password), workFactor);
}
