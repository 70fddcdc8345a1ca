using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using System.Net;
using SaaS.LocalServices;

namespace SaaS.AppHost;

/// <summary>Sources of the backing services: PostgreSQL, Redis, Kafka, the object store and the encryption provider.</summary>
internal enum BackingServices
{
    /// <summary>Local processes and folders.</summary>
    Local,

    /// <summary>Containers, both in run mode and in publish mode.</summary>
    Containers,

    /// <summary>Connection strings of managed cloud services; in publish mode only.</summary>
    Managed,
}

/// <summary>The command-line options of the AppHost.</summary>
internal sealed record AppHostOptions
{
    /// <summary>The default port of the API.</summary>
    public const int DefaultApiPort = 4999;

    // Arguments that Aspire's own tools pass: aspire, azd and the publisher.
    private static readonly Option<string>[] AspireOptions =
    [
        .. new[] { "--operation", "--step", "--publisher", "--output-path", "--log-level", "--environment" }.Select(
            name => new Option<string>(name) { Hidden = true }
        ),
    ];

    private static readonly Option<string?> ServicesOption = new("--services")
    {
        Description =
            "where PostgreSQL, Redis and the other services come from "
            + "(default: containers where a container runtime is running, else local)",
        HelpName = "local|containers",
    };

    private static readonly Option<string> DataOption = new("--data")
    {
        Description = "where everything is kept (default: .data beside SaaS.sln)",
        HelpName = "DIR",
    };

    private static readonly Option<bool> EphemeralOption = new("--ephemeral")
    {
        Description = "keep nothing: a fresh folder that is deleted at the end, and a faster PostgreSQL without fsync; local services only",
    };

    private static readonly Option<int> PortOption = new("--port")
    {
        Description = "the port of the API; 0 takes any that is free (default: 4999)",
        HelpName = "N",
    };

    private static readonly Option<bool> EntraOption = new("--entra-stand-in")
    {
        Description = "sign in through a stand-in for Microsoft Entra ID, which asks for no password",
    };

    /// <summary>Null to choose by whether a container runtime is running.</summary>
    public BackingServices? Services { get; private init; }

    public string DataFolder { get; private init; } = Path.Combine(Repository.Root(), ".data");

    public bool Ephemeral { get; private init; }

    /// <summary>The port of the API; 0 for any free port.</summary>
    public int ApiPort { get; private init; } = DefaultApiPort;

    public bool EntraStandIn { get; private init; }

    /// <summary>True in publish mode, which starts no resource.</summary>
    public bool IsPublish { get; private init; }

    /// <summary>Arguments for Aspire, and configuration keys such as <c>--Vault:Mode=none</c>.</summary>
    public IReadOnlyList<string> AspireArguments { get; private init; } = [];

    /// <returns>False when the help or an error was printed instead.</returns>
    public static bool TryParse(IReadOnlyList<string> args, out AppHostOptions options, out int exitCode)
    {
        if (FindRepeated(args) is { } repeated)
        {
            Console.Error.WriteLine($"{repeated} is given more than once: give it one value.");
            (options, exitCode) = (new AppHostOptions(), 1);
            return false;
        }

        var keys = args.Where(argument =>
                argument.StartsWith("--", StringComparison.Ordinal) && argument.Split('=')[0].Contains(':', StringComparison.Ordinal)
            )
            .ToList();
        var command = new RootCommand(
            "Starts PostgreSQL, Redis, the migration, the API, the worker and the scheduler, with the Aspire dashboard."
        )
        {
            ServicesOption,
            DataOption,
            EphemeralOption,
            PortOption,
            EntraOption,
        };
        foreach (var option in AspireOptions)
        {
            command.Options.Add(option);
        }

        AppHostOptions? read = null;
        command.SetAction(result => read = From(result, keys));
        ServicesOption.AcceptOnlyFromAmong("local", "containers");
        Require(
            PortOption,
            text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= IPEndPoint.MaxPort,
            "--port must be 0 to 65535."
        );
        Require(DataOption, text => !string.IsNullOrWhiteSpace(text), "--data must name a folder.");
        command.Validators.Add(result =>
        {
            if (result.GetResult(DataOption) is not null && result.GetValue(EphemeralOption))
            {
                result.AddError("--ephemeral keeps nothing, so it has no use for --data: give one of both.");
            }
        });
        var parsed = command.Parse([.. args.Except(keys)]);
        if (parsed.Action is ParseErrorAction errors)
        {
            (errors.ShowHelp, errors.ShowTypoCorrections) = (false, true);
        }

        exitCode = parsed.Invoke();
        options = read ?? new AppHostOptions();
        return read is not null;
    }

    private static void Require(Option option, Func<string, bool> isRight, string sentence) =>
        option.Validators.Add(result =>
        {
            if (!result.Tokens.All(token => isRight(token.Value)))
            {
                result.AddError(sentence);
            }
        });

    // System.CommandLine would report the second value as an unknown argument, which hides the cause.
    private static string? FindRepeated(IEnumerable<string> args) =>
        args.Select(argument => argument.Split('=')[0])
            .Where(name => name == ServicesOption.Name || name == DataOption.Name || name == PortOption.Name)
            .GroupBy(name => name)
            .FirstOrDefault(given => given.Count() > 1)
            ?.Key;

    private static AppHostOptions From(ParseResult result, List<string> keys)
    {
        var aspire = AspireOptions.SelectMany(option => result.GetValue(option) is { } value ? new[] { option.Name, value } : []).ToList();
        return new AppHostOptions
        {
            Services = result.GetValue(ServicesOption) switch
            {
                "local" => BackingServices.Local,
                "containers" => BackingServices.Containers,
                _ => null,
            },
            DataFolder = result.GetValue(DataOption) is { } folder ? Path.GetFullPath(folder) : new AppHostOptions().DataFolder,
            Ephemeral = result.GetValue(EphemeralOption),
            ApiPort = result.GetResult(PortOption) is null ? DefaultApiPort : result.GetValue(PortOption),
            EntraStandIn = result.GetValue(EntraOption),
            IsPublish = aspire.Contains("publish") || aspire.Contains("--publisher"),
            AspireArguments = [.. keys, .. aspire],
        };
    }
}
