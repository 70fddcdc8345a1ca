using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Diagnostics;
using SaaS.Infrastructure.Unicode;

namespace SaaS.Core.Identity.Accounts;

/// <summary>The cost of checking a password, for us and for an attacker who has stolen the hashes.</summary>
public sealed class PasswordOptions
{
    /// <summary>The cost exponent of bcrypt: each increment doubles the time.</summary>
    [Range(4, 16)]
    public int WorkFactor { get; init; } = 12;
}

/// <summary>
/// Hashes passwords with bcrypt over SHA-384, because bcrypt alone reads only 72 bytes, and in normal form C, because keyboards send
/// different forms. Hashing has its own threads, so that a burst of sign-ins queues there and leaves CPU time to other requests.
/// </summary>
internal sealed class Passwords(IOptions<PasswordOptions> options) : IDisposable
{
    /// <summary>The span of one comparison; every sign-in has one, even for an unknown account.</summary>
    internal const string CompareSpan = "compare password";

    // The prefix of every hash, so that a new scheme can replace hashes one by one.
    private const string Scheme = "bcrypt-sha384-nfc:";

    // The prefix of hashes of passwords as typed, without normalization.
    private const string RawScheme = "bcrypt-sha384:";

    private readonly HashingThreads _threads = new();
    private readonly Task<string> _dummyHash = Task.Run(() => Hash("nobody has this password", options.Value.WorkFactor));

    public Task<string> HashAsync(string password, CancellationToken ct) =>
        RunAsync("hash password", () => Hash(password, options.Value.WorkFactor), ct);

    /// <param name="hash">Null for an unknown account or one without a password: the check then takes the same time and fails.</param>
    public async Task<bool> VerifyAsync(string password, string? hash, CancellationToken ct)
    {
        var compared = hash ?? await _dummyHash;
        var bcrypt = compared[(compared.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var normal = Normalize(password);
        var isMatch = await CompareAsync(normal);
        if (!isMatch && !normal.Equals(password, StringComparison.Ordinal))
        {
            // Runs for every account, so that timing does not reveal the scheme of its hash.
            isMatch = await CompareAsync(password) && compared.StartsWith(RawScheme, StringComparison.Ordinal);
        }

        return isMatch && hash is not null;

        Task<bool> CompareAsync(string text) => RunAsync(CompareSpan, () => Bcrypt.Fastest.Verify(text, bcrypt), ct);
    }

    /// <summary>Returns the form of a password that is hashed; text without a normal form is unchanged.</summary>
    public static string Normalize(string password) => UnicodeText.Normalize(password) ?? password;

    /// <summary>Returns true when a hash differs in scheme or cost from new ones and should be replaced after a successful check.</summary>
    public bool NeedsRehash(string hash) =>
        !hash.StartsWith(Scheme, StringComparison.Ordinal)
        || BCrypt.Net.BCrypt.PasswordNeedsRehash(hash[Scheme.Length..], options.Value.WorkFactor);

    public void Dispose() => _threads.Dispose();

    // The span includes the wait for a thread.
    private async Task<T> RunAsync<T>(string span, Func<T> work, CancellationToken ct)
    {
        using var activity = SaaSDiagnostics.Calls.StartActivity(span);
        return await _threads.RunAsync(work, ct);
    }

    private static string Hash(string password, int workFactor) => Scheme + Bcrypt.Fastest.Hash(Normalize(password), workFactor);
}
