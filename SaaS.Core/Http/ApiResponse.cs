using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace SaaS.Core.Http;

/// <summary>What a request that succeeded is answered with.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Data">What was asked for.</param>
public sealed record ApiResponse<T>(bool Success, string Message, T Data)
    where T : notnull;

/// <summary>Builds answers.</summary>
public static class ApiResponse
{
    public static Ok<ApiResponse<T>> Ok<T>(T data, string message)
        where T : notnull =>
        TypedResults.Ok(new ApiResponse<T>(true, message, data));

    /// <summary>The same with the data's fields at the top level as well.</summary>
    public static Ok<FlatApiResponse<T>> Flat<T>(T data, string message)
        where T : notnull =>
        TypedResults.Ok(new FlatApiResponse<T>(true, message, data));

    /// <summary>The same with the data's fields at the top level as well.</summary>
    public static Created<FlatApiResponse<T>> CreatedFlat<T>(string location, T data, string message)
        where T : notnull =>
        TypedResults.Created(location, new FlatApiResponse<T>(true, message, data));

    /// <param name="location">The path of what was made.</param>
    public static Created<ApiResponse<T>> Created<T>(string location, T data, string message)
        where T : notnull =>
        TypedResults.Created(location, new ApiResponse<T>(true, message, data));

    /// <param name="location">The path of what will tell how it went.</param>
    public static Accepted<ApiResponse<T>> Accepted<T>(string location, T data, string message)
        where T : notnull =>
        TypedResults.Accepted(location, new ApiResponse<T>(true, message, data));
}
