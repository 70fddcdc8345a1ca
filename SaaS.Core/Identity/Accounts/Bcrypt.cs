using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using BCrypt.Net;

namespace SaaS.Core.Identity.Accounts;

/// <summary>
/// Hashes passwords with bcrypt over SHA-384. Uses the C library's <c>crypt_rn</c> where available, which needs less CPU time, and managed
/// code elsewhere; both produce the same hashes.
/// </summary>
internal abstract class Bcrypt
{
    private const string Alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>The managed implementation, available on every platform.</summary>
    public static readonly Bcrypt Managed = new ManagedBcrypt();

    /// <summary>The implementation of the C library; null when there is none that produces the same hashes.</summary>
    public static readonly Bcrypt? Native = NativeBcrypt.TryLoad();

    public static Bcrypt Fastest => Native ?? Managed;

    public string Hash(string password, int workFactor) => Hash(password, BCrypt.Net.BCrypt.GenerateSalt(workFactor));

    public bool Verify(string password, string hash) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(password, hash)), Encoding.ASCII.GetBytes(hash));

    /// <param name="setting">A salt with its cost, or a complete hash, which starts with both.</param>
    public abstract string Hash(string password, string setting);

    private sealed class ManagedBcrypt : Bcrypt
    {
        private const int SettingLength = 29;

        public override string Hash(string password, string setting) =>
            BCrypt.Net.BCrypt.HashPassword(password, setting[..SettingLength], enhancedEntropy: true, HashType.SHA384);
    }

    /// <summary>Calls libxcrypt, which most distributions include but chiseled container images do not.</summary>
    private sealed class NativeBcrypt : Bcrypt
    {
        private const string Library = "libcrypt.so.1";

        /// <summary>The size of libxcrypt's <c>struct crypt_data</c>, which starts with the result.</summary>
        private const int WorkspaceSize = 32_768;

        [ThreadStatic]
        private static byte[]? _workspace;

        public static NativeBcrypt? TryLoad()
        {
            if (
                !OperatingSystem.IsLinux()
                || !NativeLibrary.TryLoad(Library, out var library)
                || !NativeLibrary.TryGetExport(library, "crypt_rn", out _)
            )
            {
                return null;
            }

            var setting = $"$2a$04${Alphabet[..22]}";
            return Run("probe", setting) == Managed.Hash("probe", setting) ? new NativeBcrypt() : null;
        }

        public override string Hash(string password, string setting) =>
            Run(password, setting) ?? throw new InvalidOperationException("crypt_rn rejected a setting that it accepted before.");

        private static string? Run(string password, string setting)
        {
            var workspace = _workspace ??= GC.AllocateArray<byte>(WorkspaceSize, pinned: true);
            var digest = Convert.ToBase64String(SHA384.HashData(Encoding.UTF8.GetBytes(password)));
            return Crypt(digest, setting, workspace, workspace.Length) == 0
                ? null
                : Encoding.ASCII.GetString(workspace.AsSpan(0, workspace.AsSpan().IndexOf((byte)0)));
        }

        [DllImport(Library, EntryPoint = "crypt_rn", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        private static extern nint Crypt(string phrase, string setting, byte[] workspace, int size);
    }
}
