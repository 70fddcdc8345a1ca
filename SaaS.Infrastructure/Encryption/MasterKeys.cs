using SaaS.Infrastructure.Settings;
using SaaS.Infrastructure.Vault;

namespace SaaS.Infrastructure.Encryption;

/// <summary>
/// Reads master keys from the configuration. An invalid one stops the start with an error that names the setting, not the key.
/// </summary>
internal static class MasterKeys
{
    private const string Key = $"{SecretsRegistration.Section}:{nameof(EncryptionOptions.MasterKey)}";
    private const string KeyFile = $"{SecretsRegistration.Section}:{nameof(EncryptionOptions.MasterKeyFile)}";
    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    public static MasterKey Current(EncryptionOptions options) => ToMasterKey(Read(options));

    public static IReadOnlyList<MasterKey> Retired(EncryptionOptions options) =>
        [
            .. options.RetiredMasterKeys.Select(
                (base64, index) =>
                    ToMasterKey(
                        Parse(base64, $"{SecretsRegistration.Section}:{nameof(EncryptionOptions.RetiredMasterKeys)}:{index}", "must be")
                    )
            ),
        ];

    /// <summary>Checks the current master key. Retired ones only decrypt, so they are not checked for strength.</summary>
    public static IEnumerable<SecretFault> Validate(EncryptionOptions options) =>
        Read(options) switch
        {
            { Fault: { } fault } => [fault],
            { Name: var name, Bytes: { } bytes } => SecretStrength.CheckKeyBytes(bytes) is { } weakness
                ? [SecretFault.Weak(name, $"{weakness}: it must be the base64 of 32 random bytes (openssl rand -base64 32).")]
                : [],
            _ => [],
        };

    private static MasterKeyResult Read(EncryptionOptions options) =>
        (options.MasterKey, options.MasterKeyFile) switch
        {
            ({ Length: > 0 }, { Length: > 0 }) => new(
                Key,
                Fault: SecretFault.Unusable(Key, $"and {KeyFile} are both set: remove one of them.")
            ),
            (_, { Length: > 0 } file) => ReadPrivate(file),
            (null or "", _) => new(
                Key,
                Fault: SecretFault.Unusable(Key, "is not set: the base64 of 32 random bytes (openssl rand -base64 32).")
            ),
            ({ } base64, _) => Parse(base64, Key, "must be"),
        };

    private static MasterKey ToMasterKey(MasterKeyResult result) =>
        new(result.Bytes ?? throw new InvalidSettingsException(result.Fault!.Sentence));

    private static MasterKeyResult Parse(string base64, string name, string must)
    {
        var key = new byte[AesBox.KeyLength];
        return Convert.TryFromBase64String(base64, key, out var length) && length == key.Length
            ? new(name, Bytes: key)
            : new(name, Fault: SecretFault.Unusable(name, $"{must} the base64 of 32 random bytes."));
    }

    private static MasterKeyResult ReadPrivate(string file)
    {
        if (!File.Exists(file))
        {
            return new(KeyFile, Fault: SecretFault.Unusable(KeyFile, "must be a readable file."));
        }

        return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0
            ? new(KeyFile, Fault: SecretFault.Unusable(KeyFile, "may be read by its owner alone: chmod 600."))
            : Parse(File.ReadAllText(file).Trim(), KeyFile, "must hold");
    }

    // Not a record, because its ToString would print the key.
    private sealed class MasterKeyResult(string name, byte[]? Bytes = null, SecretFault? Fault = null)
    {
        public string Name => name;

        public byte[]? Bytes { get; } = Bytes;

        public SecretFault? Fault { get; } = Fault;
    }
}
