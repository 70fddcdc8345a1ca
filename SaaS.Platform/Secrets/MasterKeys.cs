namespace SaaS.Platform.Secrets;

/// <summary>Reads master keys from the configuration; whatever is wrong with them stops the start, with the key's name and without the key.</summary>
internal static class MasterKeys
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static MasterKey Current(EncryptionOptions options) => (options.MasterKey, options.MasterKeyFile) switch
    {
        ({ Length: > 0 }, { Length: > 0 }) => throw new InvalidOperationException("Encryption:MasterKey and Encryption:MasterKeyFile are both set: remove one of them."),
        (_, { Length: > 0 } file) => Parse(ReadPrivate(file), "The content of Encryption:MasterKeyFile"),
        var (base64, _) => Parse(base64 ?? "", "Encryption:MasterKey"),
    };

    public static IReadOnlyList<MasterKey> Retired(EncryptionOptions options) =>
        [.. options.RetiredMasterKeys.Select((base64, index) => Parse(base64, $"Encryption:RetiredMasterKeys:{index}"))];

    private static MasterKey Parse(string base64, string name)
    {
        var key = new byte[AesBox.KeyLength];
        return Convert.TryFromBase64String(base64, key, out var length) && length == key.Length
            ? new MasterKey(key)
            : throw new InvalidOperationException($"{name} must be the base64 of 32 random bytes.");
    }

    private static string ReadPrivate(string file)
    {
        if (!File.Exists(file))
        {
            throw new InvalidOperationException("Encryption:MasterKeyFile must be a readable file.");
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0)
        {
            throw new InvalidOperationException("Encryption:MasterKeyFile may be read by its owner alone: chmod 600.");
        }

        return File.ReadAllText(file).Trim();
    }
}
