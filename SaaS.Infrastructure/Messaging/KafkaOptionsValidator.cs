using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Messaging;

/// <summary>Validates <see cref="KafkaOptions"/>; each failure is a sentence that names the setting.</summary>
internal sealed partial class KafkaOptionsValidator : IValidateOptions<KafkaOptions>
{
    public ValidateOptionsResult Validate(string? name, KafkaOptions options)
    {
        List<string> failures = [.. AccessFailures(options), .. TopicFailures(options), .. TimeFailures(options)];
        return failures.Count is 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    /// <summary>Validates a comma-separated list of <c>host:port</c>.</summary>
    internal static bool AreServers(string connectionString) =>
        connectionString
            .Split(',')
            .All(server =>
                Server().Match(server.Trim()) is { Success: true } match
                && int.TryParse(match.Groups["port"].ValueSpan, out var port)
                && port is > 0 and <= 65535
            );

    private static IEnumerable<string> AccessFailures(KafkaOptions options)
    {
        if (!Enum.IsDefined(options.SecurityProtocol))
        {
            yield return "Kafka:SecurityProtocol must be Plaintext, Ssl, SaslPlaintext or SaslSsl.";
        }

        if (!Enum.IsDefined(options.SaslMechanism))
        {
            yield return "Kafka:SaslMechanism must be Plain, ScramSha256 or ScramSha512.";
        }

        var sasl = options.SecurityProtocol is KafkaSecurity.SaslPlaintext or KafkaSecurity.SaslSsl;
        if (sasl && (string.IsNullOrEmpty(options.SaslUsername) || string.IsNullOrEmpty(options.SaslPassword)))
        {
            yield return $"Kafka:SecurityProtocol={options.SecurityProtocol} needs Kafka:SaslUsername and Kafka:SaslPassword.";
        }

        if (!sasl && (!string.IsNullOrEmpty(options.SaslUsername) || !string.IsNullOrEmpty(options.SaslPassword)))
        {
            yield return "Kafka:SaslUsername and Kafka:SaslPassword have no effect without Kafka:SecurityProtocol=SaslSsl or SaslPlaintext.";
        }

        if (options is { SecurityProtocol: KafkaSecurity.SaslPlaintext, SaslMechanism: KafkaSasl.Plain })
        {
            yield return "Kafka:SaslMechanism=Plain with Kafka:SecurityProtocol=SaslPlaintext would send the password in the clear.";
        }

        if (!string.IsNullOrEmpty(options.SslCaLocation) && !File.Exists(options.SslCaLocation))
        {
            yield return "Kafka:SslCaLocation must be a readable file.";
        }
    }

    private static IEnumerable<string> TopicFailures(KafkaOptions options)
    {
        if (!Prefix().IsMatch(options.TopicPrefix))
        {
            yield return "Kafka:TopicPrefix must be at most 100 letters, digits, dots, hyphens and underscores.";
        }

        if (options.Partitions is < 1 or > 1000)
        {
            yield return "Kafka:Partitions must be 1 to 1000.";
        }

        if (options.ReplicationFactor is not -1 and (< 1 or > 100))
        {
            yield return "Kafka:ReplicationFactor must be 1 to 100, or -1 for the brokers' default.";
        }

        if (options.Retention < TimeSpan.FromHours(1) || options.Retention > TimeSpan.FromDays(3650))
        {
            yield return "Kafka:Retention must be 1 hour to 3650 days.";
        }

        if (!Enum.IsDefined(options.CompressionType))
        {
            yield return "Kafka:CompressionType must be None, Gzip, Snappy, Lz4 or Zstd.";
        }
    }

    private static IEnumerable<string> TimeFailures(KafkaOptions options)
    {
        if (options.SessionTimeout < TimeSpan.FromSeconds(1) || options.SessionTimeout > TimeSpan.FromMinutes(5))
        {
            yield return "Kafka:SessionTimeout must be 1 second to 5 minutes; most brokers reject values below 6 seconds.";
        }

        if (options.MaxPollInterval < options.SessionTimeout || options.MaxPollInterval > TimeSpan.FromHours(1))
        {
            yield return "Kafka:MaxPollInterval must be Kafka:SessionTimeout to 1 hour.";
        }

        if (options.FetchWait < TimeSpan.FromMilliseconds(10) || options.FetchWait > TimeSpan.FromSeconds(5))
        {
            yield return "Kafka:FetchWait must be 10 milliseconds to 5 seconds.";
        }

        if (options.MessageTimeout < TimeSpan.FromSeconds(1) || options.MessageTimeout > TimeSpan.FromMinutes(5))
        {
            yield return "Kafka:MessageTimeout must be 1 second to 5 minutes.";
        }
    }

    // kafka-1.example:9092, 10.0.0.1:9092, [::1]:9092
    [GeneratedRegex(@"^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(?<port>[0-9]{1,5})\z")]
    private static partial Regex Server();

    [GeneratedRegex(@"^[A-Za-z0-9._-]{0,100}\z")]
    private static partial Regex Prefix();
}
