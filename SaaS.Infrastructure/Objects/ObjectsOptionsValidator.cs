using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Objects;

/// <summary>Validates <see cref="ObjectsOptions"/>; each failure is a sentence that names the setting.</summary>
internal sealed partial class ObjectsOptionsValidator : IValidateOptions<ObjectsOptions>
{
    public ValidateOptionsResult Validate(string? name, ObjectsOptions options)
    {
        List<string> failures = [.. FailuresOf(options)];
        return failures.Count is 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    /// <summary>Accepts only scheme, host and port: a path would be part of the signature, and proxies change paths.</summary>
    internal static bool IsServer(Uri uri) =>
        uri.IsAbsoluteUri
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.PathAndQuery is "/"
        && uri.Fragment is ""
        && uri.UserInfo is "";

    private static IEnumerable<string> FailuresOf(ObjectsOptions options)
    {
        if (!BucketName().IsMatch(options.Bucket) || IPAddress.TryParse(options.Bucket, out _))
        {
            yield return "Objects:Bucket must be a name that S3 allows: 3 to 63 lower-case letters, digits, hyphens and single dots, beginning and ending with a letter or digit.";
        }

        if (!RegionName().IsMatch(options.Region))
        {
            yield return "Objects:Region must be the name of a region, such as us-east-1.";
        }

        if (options.PublicEndpoint is { } endpoint && !IsServer(endpoint))
        {
            yield return "Objects:PublicEndpoint must be http(s)://host or http(s)://host:port, without a path.";
        }

        if (!Enum.IsDefined(options.ServerSideEncryption))
        {
            yield return "Objects:ServerSideEncryption must be None, Aes256 or AwsKms.";
        }

        if (!string.IsNullOrEmpty(options.KmsKeyId) && options.ServerSideEncryption is not ObjectEncryption.AwsKms)
        {
            yield return "Objects:KmsKeyId has no effect without Objects:ServerSideEncryption=AwsKms.";
        }
    }

    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    [GeneratedRegex(
        @"^(?!xn--|sthree-|amzn-s3-demo-)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?<!-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)\z"
    )]
    private static partial Regex BucketName();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex RegionName();
}
